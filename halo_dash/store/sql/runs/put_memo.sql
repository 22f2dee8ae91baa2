INSERT INTO run_memo (run, key, child, answer) VALUES (?, ?, ?, ?)
ON CONFLICT (run, key) DO UPDATE SET answer = excluded.answer
