SELECT count(*) FROM (SELECT 1 FROM spans WHERE trace = ? LIMIT ?)
