"""What goes wrong in a selection, read alike by all who tell of it: clusters, insights, and their names."""
