-- What a run tells, knows and has looked at, keyed by the run's row.
CREATE TABLE run_events (
    run INTEGER NOT NULL REFERENCES runs (id),
    sequence INTEGER NOT NULL,
    at_ns INTEGER NOT NULL,
    kind TEXT NOT NULL,
    agent TEXT NOT NULL,
    turn INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (run, sequence)
) WITHOUT ROWID;
-- What is being written is replaced as it grows.
CREATE INDEX run_events_texts ON run_events (run, agent, turn) WHERE kind = 'text';

-- The context of each agent, whole. Answers of tools have the places after the call, in its order.
CREATE TABLE run_items (
    run INTEGER NOT NULL REFERENCES runs (id),
    agent TEXT NOT NULL,
    position INTEGER NOT NULL,
    covers INTEGER,                -- a summary: the last position it stands for
    turn INTEGER NOT NULL,
    item BLOB NOT NULL,
    PRIMARY KEY (run, agent, position)
) WITHOUT ROWID;

-- What was asked from inside a code cell or given to a subagent, by where it was asked, with its answer once there
-- is one: a cell that runs again after a crash pays nothing twice.
CREATE TABLE run_memo (
    run INTEGER NOT NULL REFERENCES runs (id),
    key TEXT NOT NULL,
    child TEXT NOT NULL,           -- the path of the subagent; empty for a question without one
    answer BLOB,
    PRIMARY KEY (run, key)
) WITHOUT ROWID;

-- The last state of each agent's code session.
CREATE TABLE run_variables (
    run INTEGER NOT NULL REFERENCES runs (id),
    agent TEXT NOT NULL,
    dump BLOB NOT NULL,
    PRIMARY KEY (run, agent)
) WITHOUT ROWID;

CREATE TABLE run_seen (
    run INTEGER NOT NULL REFERENCES runs (id),
    trace_id TEXT NOT NULL,
    agent TEXT NOT NULL,
    how TEXT NOT NULL,
    spans BLOB NOT NULL,
    PRIMARY KEY (run, trace_id, agent, how)
) WITHOUT ROWID;

-- Every host that was ever contacted on the user's behalf.
CREATE TABLE connections (
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    first_ns INTEGER NOT NULL,
    last_ns INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (host, port, purpose)
) WITHOUT ROWID;
