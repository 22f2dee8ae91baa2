-- Who sends what.
CREATE TABLE exporters (
    id INTEGER PRIMARY KEY,
    user_agent TEXT NOT NULL,
    transport TEXT NOT NULL,
    encoding TEXT NOT NULL,
    compression TEXT NOT NULL,
    first_seen_ns INTEGER NOT NULL,
    last_seen_ns INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    spans INTEGER NOT NULL,
    log_records INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    duplicate_spans INTEGER NOT NULL,
    rejected_spans INTEGER NOT NULL,
    rejected_requests INTEGER NOT NULL,
    UNIQUE (user_agent, transport, encoding, compression)
);
-- Spans by exporter and time, for the rate; only the last minutes are kept.
CREATE TABLE exporter_pulses (
    time_ns INTEGER NOT NULL,
    exporter INTEGER NOT NULL REFERENCES exporters (id) ON DELETE CASCADE,
    spans INTEGER NOT NULL,
    PRIMARY KEY (time_ns, exporter)
) WITHOUT ROWID;
CREATE TABLE rejections (
    id INTEGER PRIMARY KEY,
    time_ns INTEGER NOT NULL,
    user_agent TEXT NOT NULL,
    transport TEXT NOT NULL,
    encoding TEXT NOT NULL,
    compression TEXT NOT NULL,
    path TEXT NOT NULL,
    code TEXT NOT NULL,
    reason TEXT NOT NULL,
    mend TEXT NOT NULL,
    rejected_spans INTEGER NOT NULL
);
CREATE TABLE scope_activity (
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    dialect TEXT NOT NULL,
    spans INTEGER NOT NULL,
    last_seen_ns INTEGER NOT NULL,
    PRIMARY KEY (name, version, dialect)
) WITHOUT ROWID;
