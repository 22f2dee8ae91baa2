SELECT id, revision, last_arrival_ns FROM traces WHERE revision > ?
UNION ALL
SELECT trace, revision, 0 FROM removed_traces WHERE revision > ?
ORDER BY revision
LIMIT ?
