SELECT trace_id, revision
FROM traces
WHERE revision > ?
ORDER BY revision
LIMIT ?
