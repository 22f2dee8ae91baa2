-- What the list filters, sorts and adds up, and nothing else: narrow, because totals walk all of it.
CREATE TABLE traces (
    id INTEGER PRIMARY KEY,
    trace_id TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    first_arrival_ns INTEGER NOT NULL,
    last_arrival_ns INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    start_ns INTEGER NOT NULL,
    duration_ns INTEGER NOT NULL,
    is_error INTEGER NOT NULL,
    is_open INTEGER NOT NULL,
    span_count INTEGER NOT NULL,
    error_count INTEGER NOT NULL,
    llm_calls INTEGER NOT NULL,
    orphan_count INTEGER NOT NULL,
    input_tokens INTEGER,
    output_tokens INTEGER,
    total_tokens INTEGER,
    cache_read_tokens INTEGER,
    cache_write_tokens INTEGER,
    reasoning_tokens INTEGER,
    cost_usd REAL,
    cost_is_partial INTEGER NOT NULL
);
CREATE INDEX traces_by_start ON traces (start_ns, trace_id);
CREATE INDEX traces_by_duration ON traces (duration_ns);  -- for the median
CREATE INDEX traces_by_revision ON traces (revision);

-- The whole summary as one packed value (read for the rows of a page only), and the terms it has.
CREATE TABLE trace_summaries (
    trace INTEGER PRIMARY KEY REFERENCES traces (id) ON DELETE CASCADE,
    summary BLOB NOT NULL,
    terms BLOB NOT NULL  -- ids of `terms`, ascending, 4 bytes each, little-endian
);

-- Each distinct value of a filter field once; `field` is the name of the filter.
CREATE TABLE terms (id INTEGER PRIMARY KEY, field TEXT NOT NULL, value TEXT NOT NULL, UNIQUE (field, value));
CREATE TABLE trace_terms (
    term INTEGER NOT NULL REFERENCES terms (id),
    trace INTEGER NOT NULL REFERENCES traces (id) ON DELETE CASCADE,
    PRIMARY KEY (term, trace)
) WITHOUT ROWID;

-- Large traces that changed and whose summary is still to be made again.
CREATE TABLE unsettled (trace INTEGER PRIMARY KEY REFERENCES traces (id) ON DELETE CASCADE);
