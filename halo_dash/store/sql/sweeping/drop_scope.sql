DELETE FROM scopes WHERE id = ?
