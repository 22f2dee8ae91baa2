SELECT spans FROM run_seen WHERE run = ? AND trace_id = ? AND agent = ? AND how = ?
