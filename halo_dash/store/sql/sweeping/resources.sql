SELECT id FROM resources WHERE id < (SELECT max(id) FROM resources)
