UPDATE run_changes SET changed = changed + 1 WHERE id = 1 RETURNING changed
