INSERT INTO waiting (trace, priority, due_ns) VALUES (?, 1, 0)
ON CONFLICT (trace) DO NOTHING
