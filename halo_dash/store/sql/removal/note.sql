INSERT INTO removed_traces (trace, revision, trace_id) VALUES (?, ?, ?)
