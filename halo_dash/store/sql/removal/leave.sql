INSERT INTO leftovers (trace, trace_id, last_log) VALUES (?, ?, coalesce((SELECT max(id) FROM logs), 0))
