DELETE FROM run_events WHERE run = ? AND kind = 'text' AND agent = ? AND turn = ?
