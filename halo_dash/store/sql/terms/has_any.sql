SELECT 1
FROM trace_terms AS m
WHERE
    m.trace = t.id
    AND m.term IN (SELECT id FROM terms WHERE field IN (/*fields*/ NULL) AND value IN (/*values*/ NULL))
