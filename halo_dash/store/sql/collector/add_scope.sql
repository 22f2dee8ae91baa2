INSERT INTO scope_activity (name, version, dialect, spans, last_seen_ns) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (name, version, dialect) DO UPDATE SET
    spans = spans + excluded.spans,
    last_seen_ns = max(last_seen_ns, excluded.last_seen_ns)
