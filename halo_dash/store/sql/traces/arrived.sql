UPDATE traces SET last_arrival_ns = max(last_arrival_ns, ?) WHERE id = ?
