SELECT id FROM scopes WHERE id < (SELECT max(id) FROM scopes)
