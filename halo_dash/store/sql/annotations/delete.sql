DELETE FROM annotations WHERE trace_id = ? AND session_id = ? AND span_id = ? AND kind = ? AND id = ?
