DELETE FROM spans WHERE id IN (SELECT value FROM json_each(?))
