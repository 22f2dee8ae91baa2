SELECT trace_id, agent, how, spans FROM run_seen
WHERE run = (SELECT id FROM runs WHERE run_id = ?) ORDER BY trace_id, agent, how
