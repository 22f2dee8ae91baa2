DELETE FROM messages WHERE conversation_id = ?
