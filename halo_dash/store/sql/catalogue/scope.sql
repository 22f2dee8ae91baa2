SELECT body FROM scopes WHERE id = ?
