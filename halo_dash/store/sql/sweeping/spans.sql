SELECT id, resource, scope FROM spans WHERE id > ? ORDER BY id LIMIT ?
