DELETE FROM resources WHERE id IN (SELECT value FROM json_each(?))
