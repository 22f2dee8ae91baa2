SELECT min(id), max(id), (SELECT reading_version FROM counters WHERE id = 1) FROM traces
