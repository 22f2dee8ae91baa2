INSERT INTO rule_problems (source, message) VALUES (?, ?)
