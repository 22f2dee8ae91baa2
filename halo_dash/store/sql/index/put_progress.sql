UPDATE progress
SET
    revision = ?, batch = ?, spans = ?, large = ?, since_ns = ?, as_of_ns = ?, store = ?,
    dead = ?, forgotten = ?, unswept = ?, swept_to = ?, sweeps = ?
WHERE id = 1
