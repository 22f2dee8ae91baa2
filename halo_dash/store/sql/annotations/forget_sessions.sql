-- Of the sessions that lost a trace, those that have none left.
DELETE FROM annotations
WHERE
    trace_id = ''
    AND session_id IN (SELECT k.value FROM json_each(?) AS j JOIN terms AS k ON k.id = j.value WHERE k.field = 'session')
    AND NOT EXISTS (
        SELECT 1
        FROM terms AS k
        JOIN trace_terms AS m ON m.term = k.id
        WHERE k.field = 'session' AND k.value = annotations.session_id
    )
