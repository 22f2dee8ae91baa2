INSERT INTO annotations (trace_id, session_id, span_id, kind, id, value, created_ns, changed_ns)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (trace_id, session_id, span_id, kind, id) DO UPDATE
SET value = excluded.value, created_ns = min(created_ns, excluded.created_ns), changed_ns = excluded.changed_ns
-- The one that was changed later stays, in whatever order they come.
WHERE excluded.changed_ns > changed_ns
