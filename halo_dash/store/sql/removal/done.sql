DELETE FROM leftovers WHERE trace = ?
