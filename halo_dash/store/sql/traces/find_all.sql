SELECT t.trace_id, t.id FROM json_each(?) AS g CROSS JOIN traces AS t ON t.trace_id = g.value
