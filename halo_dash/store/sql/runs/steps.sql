SELECT (SELECT count(*) FROM run_items WHERE run = r.id)
    + (SELECT count(*) FROM run_memo WHERE run = r.id AND answer IS NOT NULL AND key <> ?)
FROM runs AS r WHERE r.run_id = ?
