SELECT t.duration_ns
FROM traces AS t
WHERE /*where*/ TRUE
ORDER BY t.duration_ns
LIMIT 1 OFFSET ?
