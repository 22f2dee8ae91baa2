DELETE FROM annotations WHERE trace_id IN (SELECT value ->> 2 FROM json_each(?))
