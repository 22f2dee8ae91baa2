-- How far the index has come; one row. It stands in the transaction that wrote the documents, so a crash at any
-- moment leaves both or neither.
CREATE TABLE progress (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    revision INTEGER NOT NULL,  -- every change of a trace up to here is indexed, or waits
    batch INTEGER NOT NULL,     -- counts transactions: readers learn from it what changed
    spans INTEGER NOT NULL,     -- in all documents together
    large INTEGER NOT NULL,     -- traces with more than one document
    since_ns INTEGER NOT NULL,  -- when the oldest change came that was seen and is not indexed; 0: there is none
    as_of_ns INTEGER NOT NULL,  -- when there was none the last time
    store BLOB NOT NULL,        -- the id of the store that is indexed
    dead INTEGER NOT NULL,      -- spans whose documents went since the file was last as small as it gets
    forgotten INTEGER NOT NULL, -- traces that are gone are not listed any more up to this batch
    unswept INTEGER NOT NULL,   -- spans of traces that went since the words were last looked through
    swept_to INTEGER,           -- the last word that was looked at; NULL where nobody looks
    sweeps INTEGER NOT NULL,    -- counts transactions that took words out: what is remembered of words is void
    made INTEGER NOT NULL       -- by chance: tells this file from an earlier one of its name
);
INSERT INTO progress VALUES (1, 0, 0, 0, 0, 0, 0, x'', 0, 0, 0, NULL, 0, random());

-- What the documents of each trace were made of. A trace that is gone from the store stays for some time, with no
-- documents: so readers learn of it.
CREATE TABLE indexed (
    trace INTEGER PRIMARY KEY,
    batch INTEGER NOT NULL,
    documents INTEGER NOT NULL,
    spans INTEGER NOT NULL
);
CREATE INDEX indexed_by_batch ON indexed (batch);
CREATE INDEX indexed_gone ON indexed (batch) WHERE documents = 0 AND spans = 0;

-- Large traces that changed and are to be indexed again later: doing it at every change would take all the time.
CREATE TABLE waiting (trace INTEGER PRIMARY KEY);

-- The distinct words that are worth looking into for their parts.
CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE);
