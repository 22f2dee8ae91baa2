SELECT t.id, t.is_error, t.is_open AND t.source IN ('live', 'watch'), t.error_count, t.last_arrival_ns, m.terms
FROM traces AS t
JOIN trace_summaries AS m ON m.trace = t.id
WHERE t.revision > ?
ORDER BY t.revision
