UPDATE runs SET phase = ? WHERE id = ?
