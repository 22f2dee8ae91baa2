SELECT source, message FROM rule_problems
