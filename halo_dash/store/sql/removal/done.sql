DELETE FROM leftovers
