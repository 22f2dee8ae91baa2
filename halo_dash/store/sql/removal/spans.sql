SELECT s.id, length(b.body)
FROM spans AS s
LEFT JOIN bodies AS b ON b.id = s.id
WHERE s.trace = ?
LIMIT ?
