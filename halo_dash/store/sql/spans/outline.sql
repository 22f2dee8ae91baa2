SELECT id, scope, span_id, parent_span_id, name, start_ns, end_ns, reading
FROM spans
WHERE trace = ?
