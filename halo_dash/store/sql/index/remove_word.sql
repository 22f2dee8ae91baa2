DELETE FROM words WHERE id = ?
