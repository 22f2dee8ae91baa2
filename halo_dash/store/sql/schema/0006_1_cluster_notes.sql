-- What people say of failure clusters. Keyed by name, which is the same whenever findings are made again.
CREATE TABLE cluster_notes (
    name TEXT PRIMARY KEY,
    title TEXT NOT NULL,        -- what people call it; empty where its own title does
    note TEXT NOT NULL,         -- empty where there is none
    is_muted INTEGER NOT NULL,
    fixed_ns INTEGER,           -- when somebody said that it is fixed
    changed_ns INTEGER NOT NULL
) WITHOUT ROWID;
