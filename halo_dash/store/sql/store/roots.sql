SELECT count(*) FROM sqlite_schema WHERE rootpage > 0
