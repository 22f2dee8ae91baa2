SELECT trace FROM verdicts
