INSERT INTO bodies (id, body) VALUES (?, ?)
