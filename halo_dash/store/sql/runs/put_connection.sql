INSERT INTO connections (host, port, purpose, first_ns, last_ns, count) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (host, port, purpose) DO UPDATE SET first_ns = min(first_ns, excluded.first_ns),
    last_ns = max(last_ns, excluded.last_ns), count = count + excluded.count
