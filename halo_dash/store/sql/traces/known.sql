SELECT trace_id, source FROM traces WHERE id = ?
