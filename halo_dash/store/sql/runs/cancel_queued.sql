UPDATE runs SET state = 'cancelled', phase = 'ended', ended_ns = ? WHERE run_id = ? AND state = 'queued'
