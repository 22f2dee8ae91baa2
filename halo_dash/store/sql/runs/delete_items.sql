DELETE FROM run_items WHERE run = ?
