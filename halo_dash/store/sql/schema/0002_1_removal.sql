-- Retention leaves such traces alone.
ALTER TABLE traces ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;

-- Traces that are gone, for everybody who keeps something about traces elsewhere (counts, the full-text index, open
-- pages). Written in the transaction that takes them out of `traces`; the oldest are forgotten, `counters` says which.
CREATE TABLE removed_traces (
    trace INTEGER PRIMARY KEY,  -- its row in `traces`, which is never given to another trace
    revision INTEGER NOT NULL,
    trace_id TEXT NOT NULL
);
CREATE INDEX removed_by_revision ON removed_traces (revision);
ALTER TABLE counters ADD COLUMN forgotten_revision INTEGER NOT NULL DEFAULT 0;  -- the last one that was forgotten

-- Spans and logs of removed traces that are still to be deleted, little by little.
CREATE TABLE leftovers (
    trace INTEGER PRIMARY KEY,
    trace_id TEXT NOT NULL,
    last_log INTEGER NOT NULL  -- what came later belongs to a trace that began anew under the same id
);
