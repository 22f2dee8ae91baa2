SELECT run_id, changed FROM runs WHERE changed > ? ORDER BY changed LIMIT ?
