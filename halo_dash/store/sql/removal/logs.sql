SELECT json_group_array(id), count(*)
FROM (
    SELECT id, weight, sum(weight) OVER (ROWS UNBOUNDED PRECEDING) AS total
    FROM (
        SELECT g.id, 1 + length(g.body) / 8192 AS weight
        FROM leftovers AS f
        JOIN logs AS g ON g.trace_id = f.trace_id AND g.id <= f.last_log
        LIMIT :room
    )
)
WHERE total - weight < :room
