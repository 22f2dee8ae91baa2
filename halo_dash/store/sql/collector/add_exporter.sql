INSERT INTO exporters (
    user_agent, transport, encoding, compression, first_seen_ns, last_seen_ns, requests, spans, log_records,
    bytes, duplicate_spans, rejected_spans, rejected_requests
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (user_agent, transport, encoding, compression) DO UPDATE SET
    first_seen_ns = min(first_seen_ns, excluded.first_seen_ns),
    last_seen_ns = max(last_seen_ns, excluded.last_seen_ns),
    requests = requests + excluded.requests,
    spans = spans + excluded.spans,
    log_records = log_records + excluded.log_records,
    bytes = bytes + excluded.bytes,
    duplicate_spans = duplicate_spans + excluded.duplicate_spans,
    rejected_spans = rejected_spans + excluded.rejected_spans,
    rejected_requests = rejected_requests + excluded.rejected_requests
RETURNING id
