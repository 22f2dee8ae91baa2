DELETE FROM run_memo WHERE run = ?
