SELECT id FROM terms WHERE id IN (/*many*/ NULL)
