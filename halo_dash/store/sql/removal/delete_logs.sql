DELETE FROM logs WHERE id IN (SELECT value FROM json_each(?))
