SELECT changed FROM run_changes WHERE id = 1
