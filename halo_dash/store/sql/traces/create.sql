INSERT INTO traces (
    trace_id, source, first_arrival_ns, last_arrival_ns, revision, start_ns, duration_ns, is_error, is_open,
    span_count, error_count, llm_calls, orphan_count, cost_is_partial
) VALUES (?, ?, ?, ?, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
