INSERT INTO waiting (trace, priority, due_ns) VALUES (?, ?, ?)
ON CONFLICT (trace) DO UPDATE SET priority = excluded.priority, due_ns = excluded.due_ns
