SELECT dump FROM run_variables WHERE run = (SELECT id FROM runs WHERE run_id = ?) AND agent = ?
