INSERT INTO rejections (
    time_ns, user_agent, transport, encoding, compression, path, code, reason, mend, rejected_spans
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
