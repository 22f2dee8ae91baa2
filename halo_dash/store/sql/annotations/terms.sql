-- What filters find a trace by, from what is said about it, its spans and its sessions.
SELECT DISTINCT kind, value FROM annotations WHERE trace_id = :trace_id AND kind IN ('verdict', 'tag')
UNION
SELECT kind, value
FROM annotations
WHERE trace_id = '' AND session_id IN (SELECT value FROM json_each(:sessions)) AND kind IN ('verdict', 'tag')
