DELETE FROM documents WHERE rowid = ?
