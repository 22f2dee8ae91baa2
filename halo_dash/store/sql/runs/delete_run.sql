DELETE FROM runs WHERE id = ?
