SELECT id, trace_id FROM traces WHERE id IN (/*many*/ NULL)
