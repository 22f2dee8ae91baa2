SELECT id, revision FROM traces WHERE revision > ?
UNION ALL
SELECT trace, revision FROM removed_traces WHERE revision > ?
ORDER BY revision
LIMIT ?
