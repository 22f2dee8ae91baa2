SELECT t.trace_id, t.source, m.terms
FROM traces AS t
LEFT JOIN trace_summaries AS m ON m.trace = t.id
WHERE t.id = ?
