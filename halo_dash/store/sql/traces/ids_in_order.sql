SELECT t.trace_id FROM json_each(?) AS g CROSS JOIN traces AS t ON t.id = g.value ORDER BY g.key
