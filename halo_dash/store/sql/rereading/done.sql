UPDATE counters SET reading_version = ? WHERE id = 1
