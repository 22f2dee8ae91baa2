SELECT child, answer FROM run_memo WHERE run = (SELECT id FROM runs WHERE run_id = ?) AND key = ?
