SELECT id FROM terms WHERE field = ? AND value IN (/*values*/ NULL)
