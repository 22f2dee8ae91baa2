SELECT revision, batch, spans, large FROM progress WHERE id = 1
