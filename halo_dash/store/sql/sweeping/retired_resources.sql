SELECT id FROM resources WHERE length(digest) = 17 AND id < (SELECT max(id) FROM resources)
