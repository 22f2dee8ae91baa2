"""What the list filters, sorts, counts and adds up, of every trace, in the memory of one process."""
