DELETE FROM trace_terms WHERE (term, trace) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))
