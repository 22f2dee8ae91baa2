DELETE FROM conversations WHERE conversation_id = ?
