-- Runs of the analysis engine. They are the user's: retention leaves them alone. What has no column of its own to
-- be looked for by is MessagePack (`store/codec.py`), large values of it in zstd frames.
CREATE TABLE conversations (
    conversation_id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    created_ns INTEGER NOT NULL,
    updated_ns INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX conversations_by_time ON conversations (updated_ns, conversation_id);

CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL UNIQUE,
    conversation_id TEXT NOT NULL REFERENCES conversations (conversation_id),
    kind TEXT NOT NULL,            -- report or follow_up
    request BLOB NOT NULL,
    state TEXT NOT NULL,
    phase TEXT NOT NULL,
    reason TEXT NOT NULL,          -- why it ended as it did, or why it was asked to end
    created_ns INTEGER NOT NULL,
    started_ns INTEGER,
    ended_ns INTEGER,
    usage BLOB NOT NULL,
    size BLOB,                     -- NULL until the selection was read
    selection BLOB,                -- what is read, frozen; its own key to come back to after a crash
    trace_id TEXT,                 -- of the run's own trace
    is_cancel_asked INTEGER NOT NULL DEFAULT 0,
    resumed INTEGER NOT NULL DEFAULT 0,
    active_ms INTEGER NOT NULL DEFAULT 0,  -- how long a process worked on it; what the limit of minutes counts
    owner TEXT NOT NULL DEFAULT '',        -- the process that executes it
    lease_ns INTEGER NOT NULL DEFAULT 0,   -- until when that holds without a word of it
    changed INTEGER NOT NULL               -- grows over all runs; what a page asks for what is new by
);
CREATE INDEX runs_of_conversation ON runs (conversation_id);
CREATE INDEX runs_by_state ON runs (state);
CREATE INDEX runs_by_change ON runs (changed);

-- Counts changes of runs; a row of its own, so that a deleted run counts too.
CREATE TABLE run_changes (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    changed INTEGER NOT NULL
);
INSERT INTO run_changes (id, changed) VALUES (1, 0);

CREATE TABLE messages (
    message_id TEXT PRIMARY KEY,
    conversation_id TEXT NOT NULL REFERENCES conversations (conversation_id),
    run_id TEXT NOT NULL,
    role TEXT NOT NULL,            -- user or assistant
    content TEXT NOT NULL,         -- Markdown
    report BLOB,                   -- what the content was rendered from
    created_ns INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX messages_of_conversation ON messages (conversation_id, created_ns);
