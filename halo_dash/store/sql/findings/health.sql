SELECT rule, version, errors, is_off, message, trace_id, time_ns FROM rule_health
