SELECT id, span_id FROM spans WHERE trace = ? AND span_id > ? ORDER BY span_id LIMIT ?
