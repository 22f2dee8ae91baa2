-- One value for all: a row at a time would wait for the interpreter's lock every time.
SELECT json_group_array(json_array(t.id, t.trace_id, hex(coalesce(m.terms, x''))))
FROM traces AS t
LEFT JOIN trace_summaries AS m ON m.trace = t.id
WHERE t.id IN (SELECT value FROM json_each(:rows)) AND NOT t.pinned AND t.last_arrival_ns < :arrived_before_ns
