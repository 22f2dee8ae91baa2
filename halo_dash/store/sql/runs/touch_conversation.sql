UPDATE conversations SET updated_ns = max(updated_ns, ?) WHERE conversation_id = ?
