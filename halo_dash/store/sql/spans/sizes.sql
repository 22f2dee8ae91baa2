SELECT s.span_id, length(b.body) FROM spans AS s JOIN bodies AS b ON b.id = s.id WHERE s.trace = ?
