DELETE FROM trace_terms WHERE term = ? AND trace = ?
