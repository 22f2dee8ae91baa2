SELECT trace FROM waiting WHERE priority = ? AND due_ns <= ? ORDER BY due_ns LIMIT ?
