SELECT name, title, version, claim, source FROM rules ORDER BY place
