INSERT INTO indexed (trace, batch, documents, spans) VALUES (?, ?, ?, ?)
ON CONFLICT (trace) DO UPDATE SET batch = excluded.batch, documents = excluded.documents, spans = excluded.spans
