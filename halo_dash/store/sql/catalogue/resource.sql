SELECT body FROM resources WHERE id = ?
