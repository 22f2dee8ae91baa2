SELECT id, name, rule, subject, cause, template, title FROM clusters
