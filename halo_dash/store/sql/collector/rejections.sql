SELECT time_ns, user_agent, transport, encoding, compression, path, code, reason, mend, rejected_spans
FROM rejections
ORDER BY id DESC
