SELECT e.sequence, e.at_ns, e.kind, e.agent, e.turn, e.data FROM run_events AS e
WHERE e.run = (SELECT id FROM runs WHERE run_id = ?) AND e.sequence > ? ORDER BY e.sequence LIMIT ?
