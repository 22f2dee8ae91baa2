"""The code environment: what a model writes runs in a process that reaches nothing but our functions."""
