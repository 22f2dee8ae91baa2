SELECT EXISTS (SELECT 1 FROM annotations WHERE trace_id = '')
