DELETE FROM word_parts WHERE rowid = ?
