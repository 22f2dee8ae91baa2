SELECT field, value FROM terms WHERE id = ?
