SELECT words.word
FROM word_parts
JOIN words ON words.id = word_parts.rowid
WHERE word_parts MATCH ?
ORDER BY length(words.word), words.word
LIMIT ?
