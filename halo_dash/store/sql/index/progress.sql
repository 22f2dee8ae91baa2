SELECT revision, batch, spans, large, since_ns FROM progress WHERE id = 1
