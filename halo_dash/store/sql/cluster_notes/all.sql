SELECT name, title, note, is_muted, fixed_ns, changed_ns FROM cluster_notes
