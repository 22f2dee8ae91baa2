DELETE FROM run_variables WHERE run = ?
