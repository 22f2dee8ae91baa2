-- The verdicts and tags of the traces of a page, and of their sessions.
SELECT trace_id, session_id, kind, value
FROM annotations
WHERE trace_id IN (SELECT value FROM json_each(:traces)) AND kind IN ('verdict', 'tag')
UNION
SELECT trace_id, session_id, kind, value
FROM annotations
WHERE trace_id = '' AND session_id IN (SELECT value FROM json_each(:sessions)) AND kind IN ('verdict', 'tag')
