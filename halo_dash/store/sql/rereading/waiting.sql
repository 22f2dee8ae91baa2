SELECT count(*) FROM traces WHERE id >= ? AND id <= ?
