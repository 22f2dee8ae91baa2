INSERT INTO run_items (run, agent, position, covers, turn, item)
SELECT :to_run, agent, position, covers, 0, item FROM run_items WHERE run = :from_run AND agent = :agent
