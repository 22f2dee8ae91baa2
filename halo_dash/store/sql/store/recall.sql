SELECT value FROM notes WHERE name = ?
