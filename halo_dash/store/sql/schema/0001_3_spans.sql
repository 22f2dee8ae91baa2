-- A span's place and our reading of it. `id` is (start minute << 30) | sequence: rows of one time lie together,
-- newest last, and the order of arrival is in it.
CREATE TABLE spans (
    id INTEGER PRIMARY KEY,
    trace INTEGER NOT NULL REFERENCES traces (id) ON DELETE CASCADE,
    span_id TEXT NOT NULL,
    parent_span_id TEXT NOT NULL,
    name TEXT NOT NULL,
    start_ns INTEGER NOT NULL,
    end_ns INTEGER NOT NULL,
    resource INTEGER NOT NULL REFERENCES resources (id),
    scope INTEGER NOT NULL REFERENCES scopes (id),
    reading BLOB NOT NULL,  -- the observation as MessagePack: binding thirty columns cost more than all else
    UNIQUE (trace, span_id)
);
-- Everything else of a span: MessagePack in a zstd frame. Apart from `spans`, so that walking a trace stays cheap.
CREATE TABLE bodies (id INTEGER PRIMARY KEY REFERENCES spans (id) ON DELETE CASCADE, body BLOB NOT NULL);
-- Log records by the span they belong to, which may arrive later or never: hence no reference.
CREATE TABLE logs (
    id INTEGER PRIMARY KEY,
    trace_id TEXT NOT NULL,
    span_id TEXT NOT NULL,
    digest BLOB NOT NULL,
    order_ns INTEGER NOT NULL,
    resource INTEGER NOT NULL REFERENCES resources (id),
    scope INTEGER NOT NULL REFERENCES scopes (id),
    body BLOB NOT NULL,
    UNIQUE (trace_id, span_id, digest)
);
