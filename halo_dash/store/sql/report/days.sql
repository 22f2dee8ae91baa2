SELECT date(start_ns / 1000000000, 'unixepoch') AS day, count(*), sum(span_count)
FROM traces
GROUP BY day
ORDER BY day DESC
