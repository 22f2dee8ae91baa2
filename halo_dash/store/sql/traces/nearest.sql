SELECT t.trace_id
FROM traces AS t
WHERE /*where*/ TRUE
ORDER BY /*order*/ 1
LIMIT 1
