SELECT id FROM scopes WHERE length(digest) = 17 AND id < (SELECT max(id) FROM scopes)
