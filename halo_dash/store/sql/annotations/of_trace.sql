SELECT trace_id, session_id, span_id, kind, id, value, created_ns, changed_ns
FROM annotations
WHERE trace_id = ?
ORDER BY span_id, kind, created_ns, id
