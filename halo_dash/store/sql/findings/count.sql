SELECT count(*) FROM verdicts
