UPDATE runs SET usage = ?, changed = ? WHERE id = ?
