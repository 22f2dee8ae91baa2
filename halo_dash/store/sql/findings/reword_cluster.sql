UPDATE clusters SET template = ? WHERE id = ?
