SELECT
    count(*), coalesce(sum(t.span_count), 0), min(t.start_ns), max(t.start_ns),
    coalesce(sum(t.trace_id IN (SELECT trace_id FROM annotations)), 0)
FROM traces AS t
WHERE NOT t.pinned AND (t.start_ns < :started_before_ns OR t.last_arrival_ns < :arrived_before_ns)
