SELECT count(*) FROM views WHERE name <> ?
