DELETE FROM terms
WHERE id > :after AND id <= :last
    AND NOT EXISTS (SELECT 1 FROM trace_terms AS m WHERE m.term = terms.id)
    -- The highest row keeps its number from being used again.
    AND id < (SELECT max(id) FROM terms)
