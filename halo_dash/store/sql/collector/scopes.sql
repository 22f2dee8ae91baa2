SELECT name, version, dialect, spans, last_seen_ns
FROM scope_activity
ORDER BY last_seen_ns DESC, name, version, dialect
