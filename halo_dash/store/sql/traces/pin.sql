UPDATE traces SET pinned = ?, revision = ? WHERE trace_id = ?
