SELECT count(*) FROM cluster_notes WHERE name <> ?
