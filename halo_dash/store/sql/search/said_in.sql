SELECT s.span_id, s.name, s.reading, s.resource, s.scope, b.body
FROM spans AS s
JOIN bodies AS b ON b.id = s.id
WHERE s.trace = ?
ORDER BY s.id
