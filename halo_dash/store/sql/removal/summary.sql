DELETE FROM trace_summaries WHERE trace = ?
