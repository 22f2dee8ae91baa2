-- The oldest rules that any stored reading was made with stay named, until everything is read again.
UPDATE counters
SET revision = ?, sequence = ?, reading_version = iif(reading_version = 0, ?, reading_version)
WHERE id = 1
