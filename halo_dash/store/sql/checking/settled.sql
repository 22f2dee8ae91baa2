SELECT t.id, t.trace_id, t.source, m.summary, m.terms, f.parts, f.calls, f.steps
FROM traces AS t
JOIN trace_summaries AS m ON m.trace = t.id
JOIN trace_facts AS f ON f.trace = t.id
WHERE t.id > ? AND NOT EXISTS (SELECT 1 FROM unsettled AS u WHERE u.trace = t.id)
ORDER BY t.id
LIMIT 1
