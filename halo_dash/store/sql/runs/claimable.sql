SELECT id, run_id, state, owner, lease_ns FROM runs WHERE state IN ('queued', 'running') ORDER BY id
