DELETE FROM traces WHERE id IN (SELECT value FROM json_each(?))
