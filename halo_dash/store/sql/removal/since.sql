SELECT trace, revision FROM removed_traces WHERE revision > ?
