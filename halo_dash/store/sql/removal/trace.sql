DELETE FROM traces WHERE id = ?
