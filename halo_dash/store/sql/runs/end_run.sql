UPDATE runs SET state = ?, phase = 'ended', reason = ?, ended_ns = ?, usage = ?, active_ms = ?, owner = '', lease_ns = 0,
    changed = ?
WHERE id = ?
