SELECT trace, trace_id, last_log FROM leftovers ORDER BY trace LIMIT 1
