SELECT trace_id FROM traces WHERE id = ?
