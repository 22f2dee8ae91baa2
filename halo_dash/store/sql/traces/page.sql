SELECT /*position*/ 1, 1, 1, t.source, t.first_arrival_ns, t.last_arrival_ns, t.revision, m.summary
FROM traces AS t
JOIN trace_summaries AS m ON m.trace = t.id
WHERE /*where*/ TRUE
ORDER BY /*order*/ 1
LIMIT ?
