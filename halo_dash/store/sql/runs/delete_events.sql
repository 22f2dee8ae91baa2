DELETE FROM run_events WHERE run = ?
