SELECT i.position, i.covers, i.turn, i.item FROM run_items AS i
WHERE i.run = (SELECT id FROM runs WHERE run_id = ?) AND i.agent = ? ORDER BY i.position
