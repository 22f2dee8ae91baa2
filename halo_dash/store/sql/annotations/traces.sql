SELECT t.id, t.trace_id, m.terms
FROM traces AS t
JOIN trace_summaries AS m ON m.trace = t.id
WHERE t.id IN (SELECT value FROM json_each(?))
