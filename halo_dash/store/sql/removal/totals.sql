SELECT coalesce(sum(pinned), 0), coalesce(sum(span_count), 0), count(*) FROM traces
