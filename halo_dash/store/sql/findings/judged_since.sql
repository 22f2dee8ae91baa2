SELECT trace_id FROM verdicts WHERE sequence > ? ORDER BY sequence DESC LIMIT ?
