SELECT id FROM terms WHERE field IN (/*fields*/ NULL) AND value IN (/*values*/ NULL)
