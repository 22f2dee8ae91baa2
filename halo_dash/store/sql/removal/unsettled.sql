DELETE FROM unsettled WHERE trace = ?
