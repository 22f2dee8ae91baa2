UPDATE conversations SET title = ?, updated_ns = max(updated_ns, ?) WHERE conversation_id = ?
