SELECT json_group_array(id), max(start_ns), count(*)
FROM (
    SELECT t.id, t.start_ns
    FROM traces AS t
    WHERE t.start_ns < :started_before_ns AND NOT t.pinned
    ORDER BY t.start_ns
    LIMIT :limit
)
