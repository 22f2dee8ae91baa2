-- As many as there is room for, at least one. Deleting a large value means reading all of its pages.
SELECT json_group_array(id), count(*)
FROM (
    SELECT id, weight, sum(weight) OVER (ROWS UNBOUNDED PRECEDING) AS total
    FROM (
        SELECT s.id, 1 + coalesce(length(b.body), 0) / 8192 AS weight
        FROM leftovers AS g
        CROSS JOIN spans AS s ON s.trace = g.trace  -- in this order: there are few leftovers
        LEFT JOIN bodies AS b ON b.id = s.id
        LIMIT :room
    )
)
WHERE total - weight < :room
