INSERT OR IGNORE INTO unsettled (trace) VALUES (?)
