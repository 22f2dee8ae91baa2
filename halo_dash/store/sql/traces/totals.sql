SELECT
    count(*),
    coalesce(sum(is_error AND NOT is_running), 0),
    coalesce(sum(NOT is_error AND NOT is_running AND error_count > 0), 0),
    coalesce(sum(is_running), 0),
    coalesce(sum(span_count), 0),
    coalesce(sum(error_count), 0),
    coalesce(sum(llm_calls), 0),
    sum(input_tokens),
    sum(output_tokens),
    sum(total_tokens),
    sum(cache_read_tokens),
    sum(cache_write_tokens),
    sum(reasoning_tokens),
    sum(cost_usd),
    max(cost_is_partial)
FROM (SELECT /*running*/ FALSE AS is_running, t.* FROM traces AS t WHERE /*where*/ TRUE)
