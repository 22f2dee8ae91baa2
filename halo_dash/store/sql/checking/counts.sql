SELECT
    (SELECT count(*) FROM spans AS s WHERE s.trace NOT IN (SELECT trace FROM leftovers)),
    (SELECT coalesce(sum(span_count), 0) FROM traces),
    (SELECT count(*) FROM unsettled),
    (SELECT count(*) FROM spans),
    (SELECT count(*) FROM bodies)
