UPDATE runs SET is_cancel_asked = 1, reason = ?, changed = ? WHERE run_id = ?
