-- How far judging has come; one row. It stands in the transaction that wrote the verdicts, so a crash at any moment
-- leaves both or neither.
CREATE TABLE progress (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    revision INTEGER NOT NULL,  -- every change of a trace up to here is judged, or waits
    sequence INTEGER NOT NULL,  -- counts verdicts: readers learn from it what changed
    rules TEXT NOT NULL,        -- identifies the rules that judge
    store BLOB NOT NULL         -- the id of the store whose traces these are
);
INSERT INTO progress VALUES (1, 0, 0, '', x'');

-- Traces that are to be judged: those that still grow, and after a change of rules all of them.
CREATE TABLE waiting (
    trace INTEGER PRIMARY KEY,
    priority INTEGER NOT NULL,  -- 0: it changed; 1: the rules did; 2: rules of others are still to judge it
    due_ns INTEGER NOT NULL
);
CREATE INDEX waiting_by_due ON waiting (priority, due_ns);

-- What was found, by trace.
CREATE TABLE verdicts (
    trace INTEGER PRIMARY KEY,
    trace_id TEXT NOT NULL,
    revision INTEGER NOT NULL,  -- of the trace as it was judged
    sequence INTEGER NOT NULL,
    is_failed INTEGER NOT NULL, -- in effect
    worst INTEGER NOT NULL,     -- place of the worst severity among all; one more where there is no finding
    is_partial INTEGER NOT NULL,-- rules of others have not judged it yet
    clusters BLOB NOT NULL,     -- one record for each of its clusters (store/findings/hits.py)
    findings BLOB NOT NULL
);
CREATE INDEX verdicts_by_sequence ON verdicts (sequence);
CREATE INDEX verdicts_by_trace_id ON verdicts (trace_id);

-- Failure clusters: findings with one signature. None is ever taken away, so what people said of one stays with it.
CREATE TABLE clusters (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,  -- in addresses
    rule TEXT NOT NULL,
    subject TEXT NOT NULL,
    cause TEXT NOT NULL,
    template TEXT NOT NULL,     -- the wording as it is now: it grows holes as its texts differ
    title TEXT NOT NULL         -- of its first finding
);
CREATE INDEX clusters_by_family ON clusters (rule, subject, cause);

-- How rules fared: what raised or took too long is switched off until it changes.
CREATE TABLE rule_health (
    rule TEXT PRIMARY KEY,
    version TEXT NOT NULL,
    errors INTEGER NOT NULL,
    is_off INTEGER NOT NULL,
    message TEXT NOT NULL,
    trace_id TEXT NOT NULL,
    time_ns INTEGER NOT NULL
) WITHOUT ROWID;

-- The rules that judge now, and the files and packages whose rules cannot.
CREATE TABLE rules (
    place INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    title TEXT NOT NULL,
    version TEXT NOT NULL,
    claim TEXT NOT NULL,
    source TEXT NOT NULL
);
CREATE TABLE rule_problems (source TEXT NOT NULL, message TEXT NOT NULL);
