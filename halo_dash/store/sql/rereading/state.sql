SELECT ifnull(max(id), 0), (SELECT reading_version FROM counters WHERE id = 1) FROM traces
