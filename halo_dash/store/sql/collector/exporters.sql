SELECT
    e.user_agent, e.transport, e.encoding, e.compression, e.first_seen_ns, e.last_seen_ns, e.requests, e.spans,
    e.log_records, e.bytes, e.duplicate_spans, e.rejected_spans, e.rejected_requests,
    (SELECT coalesce(sum(p.spans), 0) FROM exporter_pulses AS p WHERE p.exporter = e.id AND p.time_ns > ?)
FROM exporters AS e
ORDER BY e.last_seen_ns DESC, e.id DESC
