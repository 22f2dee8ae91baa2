INSERT INTO spans (
    id, trace, span_id, parent_span_id, name, start_ns, end_ns, resource, scope, kind, dialect, marks,
    model, request_model, provider,
    input_tokens, output_tokens, total_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, cost_usd,
    agent_name, agent_id, agent_role, agent_version, session_id, user_id, tool_name, tool_call_id,
    service, service_version, environment, trace_name, response_id,
    failure_type, failure_message, failure_full_type, input_preview, output_preview
) VALUES (
    ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
    ?, ?, ?,
    ?, ?, ?, ?, ?, ?, ?,
    ?, ?, ?, ?, ?, ?, ?, ?,
    ?, ?, ?, ?, ?,
    ?, ?, ?, ?, ?
)
