SELECT r.run_id, r.conversation_id, r.kind, r.request, r.state, r.created_ns, r.started_ns, r.ended_ns, r.phase, r.reason,
    r.usage, r.size, r.trace_id, r.is_cancel_asked, r.resumed
FROM runs AS r WHERE r.state IN (SELECT value FROM json_each(:states)) AND r.id < :before
ORDER BY r.id DESC LIMIT :limit
