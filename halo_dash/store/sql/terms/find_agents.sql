-- An agent by its key. What is the key of none is the name of any: so a key finds that agent and no namesake of it.
SELECT k.id
FROM terms AS k
WHERE k.field IN ('agent', 'agent_identity') AND k.value IN (/*values*/ NULL) AND (
    k.field = 'agent_identity' OR NOT EXISTS (
        SELECT 1
        FROM terms AS i
        WHERE i.field = 'agent_identity' AND i.value = k.value
            AND EXISTS (SELECT 1 FROM trace_terms AS u WHERE u.term = i.id)
    )
)
