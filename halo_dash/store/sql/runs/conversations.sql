SELECT conversation_id, title, created_ns, updated_ns FROM conversations
WHERE (updated_ns, conversation_id) < (?, ?) ORDER BY updated_ns DESC, conversation_id DESC LIMIT ?
