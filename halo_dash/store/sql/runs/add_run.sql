INSERT INTO runs (run_id, conversation_id, kind, request, state, phase, reason, created_ns, usage, changed)
VALUES (?, ?, ?, ?, 'queued', 'starting', '', ?, ?, ?)
