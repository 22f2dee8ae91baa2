"""What was found wrong in traces: a file of its own beside the store, made by the judge, read by all."""
