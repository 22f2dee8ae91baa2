SELECT id, resource, scope FROM logs WHERE id > ? ORDER BY id LIMIT ?
