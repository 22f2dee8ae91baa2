SELECT json_group_array(id), max(id), count(*)
FROM (
    SELECT t.id
    FROM traces AS t
    WHERE t.id > :after AND NOT t.pinned AND t.last_arrival_ns < :arrived_before_ns
    ORDER BY t.id
    LIMIT :limit
)
