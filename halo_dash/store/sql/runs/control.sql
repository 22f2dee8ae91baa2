SELECT owner, is_cancel_asked, reason, active_ms, selection, started_ns FROM runs WHERE run_id = ?
