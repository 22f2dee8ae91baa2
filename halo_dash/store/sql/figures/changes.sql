SELECT
    t.id, t.start_ns, t.duration_ns, t.is_error, t.error_count > 0, t.is_open AND t.source IN ('live', 'watch'),
    t.last_arrival_ns, t.is_open, f.parts, f.calls, f.steps
FROM traces AS t
LEFT JOIN trace_facts AS f ON f.trace = t.id
WHERE t.revision > ?
