"""Sessions and users: their lists, and the session that reads as one thread across its traces."""
