INSERT INTO views (name, query, saved_ns) VALUES (?, ?, ?)
ON CONFLICT (name) DO UPDATE SET query = excluded.query, saved_ns = excluded.saved_ns
