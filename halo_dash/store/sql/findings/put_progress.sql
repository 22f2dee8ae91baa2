UPDATE progress SET revision = ?, sequence = ?, rules = ?, store = ?
