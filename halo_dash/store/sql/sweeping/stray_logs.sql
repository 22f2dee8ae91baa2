-- Logs of a trace that has not come, in the order they arrived in.
SELECT json_group_array(id), max(id)
FROM (
    SELECT g.id
    FROM logs AS g
    WHERE g.id > :after AND g.id <= :last AND NOT EXISTS (SELECT 1 FROM traces AS t WHERE t.trace_id = g.trace_id)
    ORDER BY g.id
    LIMIT :limit
)
