-- What figures over many traces add up: three tables in one row a trace, so that all of them load in one walk. Made in
-- the transaction that summarises the trace. A trace without a row is from before version 4 and is not counted yet.
CREATE TABLE trace_facts (
    trace INTEGER PRIMARY KEY REFERENCES traces (id) ON DELETE CASCADE,
    parts BLOB NOT NULL,  -- records of fixed length, see store/figures/packing.py; texts are ids of `terms`
    calls BLOB NOT NULL,
    steps BLOB NOT NULL
);
