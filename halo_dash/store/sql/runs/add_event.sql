INSERT INTO run_events (run, sequence, at_ns, kind, agent, turn, data) VALUES (?, ?, ?, ?, ?, ?, ?)
