DELETE FROM scope_activity
WHERE (name, version, dialect) IN (
    SELECT name, version, dialect FROM scope_activity ORDER BY last_seen_ns DESC LIMIT -1 OFFSET ?
)
