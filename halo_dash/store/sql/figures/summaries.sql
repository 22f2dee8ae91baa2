SELECT trace, summary FROM trace_summaries WHERE trace IN (SELECT value FROM json_each(?))
