UPDATE runs SET state = 'cancelled', phase = 'ended', reason = ?, ended_ns = ?, owner = '', lease_ns = 0
WHERE run_id = ? AND state = 'running' AND lease_ns <= ?
