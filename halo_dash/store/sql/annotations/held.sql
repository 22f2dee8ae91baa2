-- Of some terms: those that come from annotations, and sessions.
SELECT k.id, k.field, k.value
FROM json_each(?) AS held
JOIN terms AS k ON k.id = held.value
WHERE k.field IN ('session', 'verdict', 'tag')
