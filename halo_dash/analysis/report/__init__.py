"""The report: its form, its proof, and how it reads."""
