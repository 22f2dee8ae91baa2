"""View models of the comparison pages: what the templates of `compare/` are given."""
