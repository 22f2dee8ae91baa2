INSERT INTO messages (message_id, conversation_id, run_id, role, content, report, created_ns)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (message_id) DO UPDATE SET content = excluded.content, report = excluded.report
