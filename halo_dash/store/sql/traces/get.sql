SELECT t.source, t.first_arrival_ns, t.last_arrival_ns, t.revision, m.summary, t.pinned
FROM traces AS t
JOIN trace_summaries AS m ON m.trace = t.id
WHERE t.trace_id = ?
