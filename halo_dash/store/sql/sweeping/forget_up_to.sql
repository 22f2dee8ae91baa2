UPDATE counters
SET forgotten_revision = coalesce(
    (SELECT revision FROM removed_traces ORDER BY revision DESC LIMIT 1 OFFSET ?), forgotten_revision
)
WHERE id = 1
