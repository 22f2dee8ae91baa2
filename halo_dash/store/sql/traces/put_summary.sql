INSERT INTO trace_summaries (trace, summary, terms) VALUES (?, ?, ?)
ON CONFLICT (trace) DO UPDATE SET summary = excluded.summary, terms = excluded.terms
