SELECT revision, sequence FROM counters WHERE id = 1
