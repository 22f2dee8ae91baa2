DELETE FROM spans WHERE id = ?
