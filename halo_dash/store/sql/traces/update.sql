UPDATE traces
SET
    start_ns = ?, duration_ns = ?, is_error = ?, is_open = ?, span_count = ?, error_count = ?, llm_calls = ?,
    orphan_count = ?, input_tokens = ?, output_tokens = ?, total_tokens = ?, cache_read_tokens = ?,
    cache_write_tokens = ?, reasoning_tokens = ?, cost_usd = ?, cost_is_partial = ?, revision = ?,
    last_arrival_ns = max(last_arrival_ns, ?)
WHERE id = ?
