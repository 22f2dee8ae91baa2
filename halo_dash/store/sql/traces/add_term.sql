INSERT OR IGNORE INTO trace_terms (term, trace) VALUES (?, ?)
