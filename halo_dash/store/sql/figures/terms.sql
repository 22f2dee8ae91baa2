SELECT id, field, value FROM terms WHERE id IN (SELECT value FROM json_each(?))
