SELECT
    t.id,
    t.is_open AND t.source IN ('live', 'watch'), t.last_arrival_ns, t.is_error, t.error_count, t.span_count, t.llm_calls,
    coalesce(t.input_tokens, -1), coalesce(t.output_tokens, -1), coalesce(t.total_tokens, -1),
    coalesce(t.cache_read_tokens, -1), coalesce(t.cache_write_tokens, -1), coalesce(t.reasoning_tokens, -1),
    coalesce(t.cost_usd, -1.0), t.cost_is_partial
FROM traces AS t
WHERE t.revision > ?
