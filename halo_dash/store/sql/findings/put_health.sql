INSERT INTO rule_health (rule, version, errors, is_off, message, trace_id, time_ns) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (rule) DO UPDATE SET
    version = excluded.version, errors = excluded.errors, is_off = excluded.is_off, message = excluded.message,
    trace_id = excluded.trace_id, time_ns = excluded.time_ns
