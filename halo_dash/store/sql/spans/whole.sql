SELECT
    s.id, s.scope, s.span_id, s.parent_span_id, s.name, s.start_ns, s.end_ns,
    s.kind, s.dialect, s.marks, s.model, s.request_model, s.provider,
    s.input_tokens, s.output_tokens, s.total_tokens, s.cache_read_tokens, s.cache_write_tokens, s.reasoning_tokens,
    s.cost_usd, s.agent_name, s.agent_id, s.agent_role, s.agent_version, s.session_id, s.user_id,
    s.tool_name, s.tool_call_id, s.service, s.service_version, s.environment, s.trace_name, s.response_id,
    s.failure_type, s.failure_message, s.failure_full_type, s.input_preview, s.output_preview,
    s.resource, b.body
FROM spans AS s
JOIN bodies AS b ON b.id = s.id
WHERE s.id IN (/*many*/ NULL)
