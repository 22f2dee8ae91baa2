DELETE FROM indexed
WHERE trace IN (
    SELECT trace FROM indexed WHERE documents = 0 AND spans = 0 AND batch <= ? ORDER BY batch LIMIT ?
)
