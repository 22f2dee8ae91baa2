SELECT id, start_ns
FROM spans
WHERE trace = :trace AND (start_ns, id & :mask) > (:start_ns, :sequence)
ORDER BY start_ns, id & :mask
LIMIT :limit
