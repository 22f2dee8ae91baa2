INSERT INTO removed_traces (trace, revision, trace_id)
SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)
