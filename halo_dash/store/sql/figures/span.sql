SELECT t.trace_id, s.span_id, s.start_ns, s.reading, m.summary
FROM spans AS s
JOIN traces AS t ON t.id = s.trace
JOIN trace_summaries AS m ON m.trace = t.id
WHERE s.trace = ? AND s.id & ? = ?
