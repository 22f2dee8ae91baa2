DELETE FROM views WHERE name = ?
