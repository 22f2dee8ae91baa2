DELETE FROM logs WHERE id = ?
