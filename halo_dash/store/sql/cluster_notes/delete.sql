DELETE FROM cluster_notes WHERE name = ?
