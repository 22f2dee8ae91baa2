SELECT (SELECT coalesce(sum(orphan_count), 0) FROM traces), (SELECT coalesce(sum(duplicate_spans), 0) FROM exporters)
