SELECT id, revision, last_arrival_ns FROM traces WHERE revision > ? ORDER BY revision LIMIT ?
