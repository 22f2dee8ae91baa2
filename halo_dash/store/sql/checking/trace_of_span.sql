SELECT trace FROM spans WHERE id = ?
