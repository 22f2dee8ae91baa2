SELECT id FROM runs WHERE conversation_id = ?
