UPDATE runs SET selection = ?, size = ?, trace_id = ? WHERE id = ?
