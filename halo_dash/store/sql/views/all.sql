SELECT name, query, is_default FROM views ORDER BY name COLLATE NOCASE, name
