SELECT id, length(body) FROM logs WHERE trace_id = ? AND id <= ? LIMIT ?
