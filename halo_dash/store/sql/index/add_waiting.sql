INSERT OR IGNORE INTO waiting (trace) VALUES (?)
