DELETE FROM removed_traces
WHERE trace IN (
    SELECT trace
    FROM removed_traces
    WHERE revision <= (SELECT forgotten_revision FROM counters WHERE id = 1)
        -- The highest row keeps its number from being used again.
        AND trace < (SELECT max(trace) FROM removed_traces)
    ORDER BY revision
    LIMIT ?
)
