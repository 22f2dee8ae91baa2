"""The span store: the only package that speaks SQL. Its public functions are a contract (docs/architecture.md)."""
