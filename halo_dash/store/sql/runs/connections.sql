SELECT host, port, purpose, first_ns, last_ns, count FROM connections ORDER BY host, port, purpose
