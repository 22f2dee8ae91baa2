SELECT id, conversation_id FROM runs WHERE run_id = ? AND owner = ? AND state = 'running'
