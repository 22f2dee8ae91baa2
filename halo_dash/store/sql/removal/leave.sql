INSERT INTO leftovers (trace, trace_id, last_log)
SELECT value ->> 0, value ->> 2, coalesce((SELECT max(id) FROM logs), 0) FROM json_each(?)
