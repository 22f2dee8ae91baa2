SELECT
    (SELECT count(*) FROM traces),
    (SELECT coalesce(sum(span_count), 0) FROM traces),
    (SELECT count(*) FROM terms AS k WHERE k.field = 'session'
        AND EXISTS (SELECT 1 FROM trace_terms AS m WHERE m.term = k.id)),
    (SELECT count(*) FROM terms AS k WHERE k.field = 'agent_identity' AND k.value <> '(unnamed)'
        AND EXISTS (SELECT 1 FROM trace_terms AS m WHERE m.term = k.id)),
    (SELECT min(start_ns) FROM traces),
    (SELECT max(start_ns) FROM traces),
    (SELECT revision FROM counters WHERE id = 1)
