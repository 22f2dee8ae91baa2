DELETE FROM trace_facts WHERE trace IN (SELECT value FROM json_each(?))
