INSERT INTO word_parts (rowid, word) VALUES (?, ?)
