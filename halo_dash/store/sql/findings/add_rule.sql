INSERT INTO rules (place, name, title, version, claim, source) VALUES (?, ?, ?, ?, ?, ?)
