-- Lists that people saved under a name: the query string of the page, as it was then.
CREATE TABLE views (
    name TEXT PRIMARY KEY,
    query TEXT NOT NULL,
    is_default INTEGER NOT NULL DEFAULT 0,  -- at most one: where the dashboard begins
    saved_ns INTEGER NOT NULL
) WITHOUT ROWID;
