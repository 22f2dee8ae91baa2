SELECT id FROM traces WHERE trace_id = ?
