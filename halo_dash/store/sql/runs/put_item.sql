INSERT INTO run_items (run, agent, position, covers, turn, item) VALUES (?, ?, ?, ?, ?, ?)
