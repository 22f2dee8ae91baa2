DELETE FROM exporters
WHERE id IN (SELECT id FROM exporters ORDER BY last_seen_ns DESC, id DESC LIMIT -1 OFFSET ?)
