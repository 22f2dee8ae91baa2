"""Figures over many traces, from the facts of each: columns in memory that follow the store."""
