SELECT spans, dead FROM progress WHERE id = 1
