SELECT max(id) FROM (SELECT id FROM terms WHERE id > ? ORDER BY id LIMIT ?)
