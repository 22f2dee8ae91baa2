SELECT t.id, t.start_ns
FROM traces AS t
WHERE t.start_ns < :started_before_ns AND (t.start_ns, t.id) > (:start_ns, :after) AND NOT t.pinned
ORDER BY t.start_ns, t.id
LIMIT :limit
