DELETE FROM verdicts WHERE trace = ?
