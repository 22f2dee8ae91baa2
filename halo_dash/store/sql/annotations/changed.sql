UPDATE traces SET revision = ? WHERE id = ?
