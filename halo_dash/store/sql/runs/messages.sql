-- In the order of the runs, the question before its answer: clocks may go back.
SELECT m.message_id, m.role, m.content, m.created_ns, m.run_id, m.report
FROM messages AS m JOIN runs AS r ON r.run_id = m.run_id
WHERE m.conversation_id = ? ORDER BY r.id, m.role DESC, m.message_id
