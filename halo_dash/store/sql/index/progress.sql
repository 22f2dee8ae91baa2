SELECT revision, batch, spans, large, since_ns, as_of_ns, store, dead, forgotten, unswept, swept_to, sweeps
FROM progress WHERE id = 1
