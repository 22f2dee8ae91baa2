SELECT term, doc FROM vocabulary WHERE term >= ? AND term <= ? ORDER BY term LIMIT ?
