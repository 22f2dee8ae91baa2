SELECT /*position*/ 1, 1, 1, t.source, t.first_arrival_ns, t.last_arrival_ns, t.revision, m.summary, t.pinned
-- The rows of the page are found first: a sort that carried every summary along would take most of the time.
FROM (SELECT * FROM traces AS t WHERE /*where*/ TRUE ORDER BY /*order*/ 1 LIMIT ?) AS t
JOIN trace_summaries AS m ON m.trace = t.id
ORDER BY /*order*/ 1
