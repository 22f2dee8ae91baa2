SELECT trace_id, revision, is_failed, is_partial, findings FROM verdicts WHERE trace_id IN (/*many*/ NULL)
