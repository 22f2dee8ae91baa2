SELECT count(*) FROM waiting WHERE due_ns <= ?
