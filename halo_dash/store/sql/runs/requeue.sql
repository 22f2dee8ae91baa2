UPDATE runs SET state = 'queued', phase = 'starting', reason = '', ended_ns = NULL, is_cancel_asked = 0, active_ms = 0,
    changed = ?
WHERE run_id = ? AND state IN ('failed', 'cancelled', 'timed_out')
