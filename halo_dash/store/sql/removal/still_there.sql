SELECT t.id, t.trace_id, m.terms
FROM traces AS t
LEFT JOIN trace_summaries AS m ON m.trace = t.id
WHERE t.id = :trace AND NOT t.pinned AND t.last_arrival_ns < :arrived_before_ns
