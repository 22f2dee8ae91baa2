SELECT coalesce(max(sequence), 0) FROM run_events WHERE run = ?
