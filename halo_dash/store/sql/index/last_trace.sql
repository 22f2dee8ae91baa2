SELECT coalesce(max(trace), 0) FROM indexed
