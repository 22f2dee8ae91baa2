INSERT INTO run_variables (run, agent, dump)
SELECT :to_run, agent, dump FROM run_variables WHERE run = :from_run AND agent = :agent
