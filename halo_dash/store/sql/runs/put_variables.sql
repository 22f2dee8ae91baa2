INSERT INTO run_variables (run, agent, dump) VALUES (?, ?, ?)
ON CONFLICT (run, agent) DO UPDATE SET dump = excluded.dump
