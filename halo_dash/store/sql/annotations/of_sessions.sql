SELECT trace_id, session_id, span_id, kind, id, value, created_ns, changed_ns
FROM annotations
WHERE trace_id = '' AND session_id IN (SELECT value FROM json_each(?))
ORDER BY session_id, kind, created_ns, id
