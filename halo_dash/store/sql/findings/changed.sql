SELECT trace, is_failed, worst, clusters, sequence FROM verdicts WHERE sequence > ?
