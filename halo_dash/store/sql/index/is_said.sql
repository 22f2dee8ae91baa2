SELECT 1 FROM documents WHERE documents MATCH ? LIMIT 1
