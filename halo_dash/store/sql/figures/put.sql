INSERT INTO trace_facts (trace, parts, calls, steps) VALUES (?, ?, ?, ?)
ON CONFLICT (trace) DO UPDATE SET parts = excluded.parts, calls = excluded.calls, steps = excluded.steps
