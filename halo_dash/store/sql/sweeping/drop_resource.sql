DELETE FROM resources WHERE id = ?
