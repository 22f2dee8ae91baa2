SELECT s.id, s.scope, s.span_id, s.parent_span_id, s.name, s.start_ns, s.end_ns, s.reading, s.resource, b.body
FROM spans AS s
JOIN bodies AS b ON b.id = s.id
WHERE s.trace = ?
ORDER BY s.id
