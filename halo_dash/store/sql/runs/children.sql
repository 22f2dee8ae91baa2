SELECT count(*) FROM run_memo WHERE run = ? AND child LIKE ? || '.%' AND child NOT LIKE ? || '.%.%'
