INSERT OR IGNORE INTO logs (trace_id, span_id, digest, order_ns, resource, scope, body) VALUES (?, ?, ?, ?, ?, ?, ?)
