INSERT INTO terms (field, value) VALUES (?, ?) ON CONFLICT (field, value) DO UPDATE SET value = value RETURNING id
