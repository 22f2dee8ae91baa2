-- Notes, verdicts and tags of people. No reference to `traces`: a session has no row of its own, and what is said
-- about a trace outlives the arrival of its spans. Removing a trace removes what is said about it.
CREATE TABLE annotations (
    trace_id TEXT NOT NULL,    -- empty where a session is annotated
    session_id TEXT NOT NULL,  -- empty where a trace or a span is
    span_id TEXT NOT NULL,     -- empty unless a span is
    kind TEXT NOT NULL,        -- verdict, tag or note
    id TEXT NOT NULL,          -- empty for the verdict, of which a target has one; the tag itself; random for a note
    value TEXT NOT NULL,
    created_ns INTEGER NOT NULL,
    changed_ns INTEGER NOT NULL,
    PRIMARY KEY (trace_id, session_id, span_id, kind, id)
) WITHOUT ROWID;
