DELETE FROM bodies WHERE id IN (SELECT value FROM json_each(?))
