SELECT trace_id, session_id, span_id, kind, id, value, created_ns, changed_ns
FROM annotations
WHERE trace_id = ? AND session_id = ? AND span_id = ?
