INSERT INTO run_seen (run, trace_id, agent, how, spans) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (run, trace_id, agent, how) DO UPDATE SET spans = excluded.spans
