-- The oldest traces that have at least so many spans together.
SELECT
    count(*), coalesce(sum(span_count), 0), min(start_ns), max(start_ns),
    coalesce(sum(trace_id IN (SELECT trace_id FROM annotations)), 0)
FROM (
    SELECT t.trace_id, t.span_count, t.start_ns, sum(t.span_count) OVER (ORDER BY t.id) - t.span_count AS before
    FROM traces AS t
    WHERE NOT t.pinned
)
WHERE before < :spans
