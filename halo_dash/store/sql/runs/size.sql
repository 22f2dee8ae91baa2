SELECT
    (SELECT count(*) FROM conversations),
    (SELECT count(*) FROM runs),
    (SELECT coalesce(sum(length(item)), 0) FROM run_items)
        + (SELECT coalesce(sum(length(data)), 0) FROM run_events)
        + (SELECT coalesce(sum(length(dump)), 0) FROM run_variables)
        + (SELECT coalesce(sum(length(answer)), 0) FROM run_memo)
        + (SELECT coalesce(sum(length(spans)), 0) FROM run_seen)
        + (SELECT coalesce(sum(length(content) + coalesce(length(report), 0)), 0) FROM messages)
