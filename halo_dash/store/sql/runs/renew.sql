UPDATE runs SET lease_ns = ?, active_ms = ? WHERE run_id = ? AND owner = ? AND state = 'running'
