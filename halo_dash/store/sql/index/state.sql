SELECT made, batch, revision, spans, large, since_ns, as_of_ns, forgotten FROM progress WHERE id = 1
