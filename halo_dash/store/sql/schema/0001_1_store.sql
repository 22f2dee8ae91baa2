-- One row: what is counted for ever.
CREATE TABLE counters (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    revision INTEGER NOT NULL,        -- last change of a trace
    sequence INTEGER NOT NULL,        -- last span that arrived
    reading_version INTEGER NOT NULL  -- the oldest rules that any stored reading was made with
);
INSERT INTO counters VALUES (1, 0, 0, 0);

-- Small durable notes of other parts of the program, such as how far a watched file was read.
CREATE TABLE notes (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

-- Resources and scopes repeat on every request: stored once, by the digest of their content.
CREATE TABLE resources (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, body BLOB NOT NULL);
CREATE TABLE scopes (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, body BLOB NOT NULL);
