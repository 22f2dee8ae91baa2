SELECT id, field, value FROM terms WHERE id > ?
