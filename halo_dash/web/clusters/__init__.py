"""Failure clusters on the pages and in the terminal: their titles, the list, one of them closely."""
