SELECT EXISTS (SELECT 1 FROM leftovers WHERE trace = ?)
