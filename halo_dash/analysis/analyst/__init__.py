"""The built-in analyst: the report that needs no model, from rules and counting alone."""
