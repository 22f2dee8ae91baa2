SELECT span_id, id FROM spans WHERE trace = ? AND span_id IN (/*many*/ NULL)
