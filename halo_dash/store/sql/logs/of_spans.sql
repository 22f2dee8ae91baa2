SELECT trace_id, span_id, resource, scope, body
FROM logs
WHERE trace_id = ? AND span_id IN (/*many*/ NULL)
ORDER BY order_ns, id
