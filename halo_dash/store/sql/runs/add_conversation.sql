INSERT INTO conversations (conversation_id, title, created_ns, updated_ns) VALUES (?, ?, ?, ?)
