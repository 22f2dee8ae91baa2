DELETE FROM waiting WHERE trace = ?
