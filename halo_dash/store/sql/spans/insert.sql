INSERT INTO spans (id, trace, span_id, parent_span_id, name, start_ns, end_ns, resource, scope, reading)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
