DELETE FROM scopes WHERE id IN (SELECT value FROM json_each(?))
