UPDATE counters SET revision = ?, sequence = ?, reading_version = ? WHERE id = 1
