UPDATE trace_summaries SET terms = ? WHERE trace = ?
