SELECT t.trace_id
FROM terms AS k
JOIN trace_terms AS m ON m.term = k.id
JOIN traces AS t ON t.id = m.trace
WHERE k.field = 'session' AND k.value = ?
ORDER BY t.start_ns, t.trace_id
