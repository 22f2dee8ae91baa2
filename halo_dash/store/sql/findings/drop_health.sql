DELETE FROM rule_health WHERE rule = ?
