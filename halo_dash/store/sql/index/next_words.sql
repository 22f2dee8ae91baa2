SELECT id, word FROM words WHERE id > ? ORDER BY id LIMIT ?
