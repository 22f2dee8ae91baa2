SELECT pinned FROM traces WHERE trace_id = ?
