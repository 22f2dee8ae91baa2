"""Runs of the analysis engine in the store: what was asked, how far it is, and what came of it."""
