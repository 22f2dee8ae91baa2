SELECT trace_id, revision FROM traces WHERE revision > :revision
UNION ALL
SELECT trace_id, revision FROM removed_traces WHERE revision > :revision
ORDER BY revision
LIMIT :limit
