SELECT message_id, role, content, created_ns, run_id, report FROM messages
WHERE conversation_id = ? ORDER BY created_ns, role DESC, message_id
