SELECT
    t.id, t.is_error, t.is_open AND t.source IN ('live', 'watch'), t.error_count, t.last_arrival_ns, t.start_ns,
    t.duration_ns, t.span_count, t.llm_calls,
    coalesce(t.input_tokens, -1), coalesce(t.output_tokens, -1), coalesce(t.total_tokens, -1),
    coalesce(t.cache_read_tokens, -1), coalesce(t.cache_write_tokens, -1), coalesce(t.reasoning_tokens, -1),
    coalesce(t.cost_usd, 0.0), t.cost_is_partial, t.cost_usd IS NOT NULL, t.pinned,
    m.terms
FROM traces AS t
JOIN trace_summaries AS m ON m.trace = t.id
WHERE t.revision > ?
