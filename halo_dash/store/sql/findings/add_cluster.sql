INSERT INTO clusters (name, rule, subject, cause, template, title) VALUES (?, ?, ?, ?, ?, ?) RETURNING id
