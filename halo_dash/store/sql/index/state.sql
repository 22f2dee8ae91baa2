SELECT revision, batch, spans, large, since_ns, as_of_ns, forgotten FROM progress WHERE id = 1
