UPDATE runs SET lease_ns = 0, active_ms = ? WHERE run_id = ? AND owner = ? AND state = 'running'
