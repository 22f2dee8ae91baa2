UPDATE runs SET state = 'running', owner = :owner, lease_ns = :lease_ns, changed = :changed,
    started_ns = coalesce(started_ns, :now_ns), resumed = resumed + (state = 'running')
WHERE id = :id
