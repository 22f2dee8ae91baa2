SELECT /*order*/ 1 FROM traces AS t WHERE t.trace_id = ?
