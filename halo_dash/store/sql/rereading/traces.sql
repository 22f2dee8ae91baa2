SELECT id, trace_id, source FROM traces WHERE id > ? AND id <= ? ORDER BY id LIMIT 1
