SELECT s.resource, b.body
FROM spans AS s
JOIN bodies AS b ON b.id = s.id
WHERE s.trace = ? AND s.span_id = ? AND length(b.body) <= ?
