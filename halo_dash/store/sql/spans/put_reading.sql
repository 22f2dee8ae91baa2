UPDATE spans SET reading = ? WHERE id = ?
