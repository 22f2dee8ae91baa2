INSERT INTO scopes (digest, body) VALUES (?, ?) ON CONFLICT (digest) DO UPDATE SET digest = digest RETURNING id
