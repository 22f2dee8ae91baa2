INSERT INTO traces (
    -- A row of a removed trace is never used again: others may still know it by its number.
    id, trace_id, source, first_arrival_ns, last_arrival_ns, revision, start_ns, duration_ns, is_error, is_open,
    span_count, error_count, llm_calls, orphan_count, cost_is_partial
) VALUES (
    1 + max(coalesce((SELECT max(id) FROM traces), 0), coalesce((SELECT max(trace) FROM removed_traces), 0)),
    ?, ?, ?, ?, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
)
