SELECT trace_id, revision, is_failed, findings FROM verdicts WHERE trace_id IN (/*many*/ NULL)
