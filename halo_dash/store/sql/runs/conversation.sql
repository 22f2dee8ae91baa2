SELECT conversation_id, title, created_ns, updated_ns FROM conversations WHERE conversation_id = ?
