DELETE FROM run_seen WHERE run = ?
