SELECT word FROM word_parts WHERE word_parts MATCH ? ORDER BY length(word), word LIMIT ?
