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
    kind TEXT NOT NULL,
    dialect TEXT NOT NULL,
    marks INTEGER NOT NULL,  -- bits: cost_reported 1, agent_name_is_derived 2, has_messages 4, is_placeholder 8
    model TEXT,
    request_model TEXT,
    provider TEXT,
    input_tokens INTEGER,
    output_tokens INTEGER,
    total_tokens INTEGER,
    cache_read_tokens INTEGER,
    cache_write_tokens INTEGER,
    reasoning_tokens INTEGER,
    cost_usd REAL,
    agent_name TEXT,
    agent_id TEXT,
    agent_role TEXT,
    agent_version TEXT,
    session_id TEXT,
    user_id TEXT,
    tool_name TEXT,
    tool_call_id TEXT,
    service TEXT,
    service_version TEXT,
    environment TEXT,
    trace_name TEXT,
    response_id TEXT,
    failure_type TEXT,  -- NULL unless the span is in error
    failure_message TEXT,
    failure_full_type TEXT,
    input_preview TEXT,
    output_preview TEXT,
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
