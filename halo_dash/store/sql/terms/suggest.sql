SELECT k.value, (SELECT count(*) FROM trace_terms AS m WHERE m.term = k.id) AS traces
FROM terms AS k
WHERE k.field = ? AND k.value LIKE ? ESCAPE '\'
ORDER BY traces DESC, k.value
LIMIT ?
