INSERT INTO cluster_notes (name, title, note, is_muted, fixed_ns, changed_ns) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (name) DO UPDATE SET title = excluded.title, note = excluded.note, is_muted = excluded.is_muted,
    fixed_ns = excluded.fixed_ns, changed_ns = excluded.changed_ns
