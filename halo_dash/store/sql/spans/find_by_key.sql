SELECT s.id FROM spans AS s JOIN traces AS t ON t.id = s.trace WHERE t.trace_id = ? AND s.span_id = ?
