SELECT revision FROM counters WHERE id = 1
