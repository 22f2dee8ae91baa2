UPDATE runs SET changed = ? WHERE id = ?
