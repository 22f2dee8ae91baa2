"""What the engine can read: the traces of a frozen selection, bounded, and nothing else."""
