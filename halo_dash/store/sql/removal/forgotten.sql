SELECT forgotten_revision FROM counters WHERE id = 1
