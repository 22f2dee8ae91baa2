SELECT min(due_ns) FROM waiting WHERE priority = 0
