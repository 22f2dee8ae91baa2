-- The newest traces that started before a moment.
SELECT f.steps, f.calls
FROM traces AS t
JOIN trace_facts AS f ON f.trace = t.id
WHERE t.start_ns < ?
ORDER BY t.start_ns DESC, t.trace_id DESC
LIMIT ?
