SELECT count(*) FROM leftovers
