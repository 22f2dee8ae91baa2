"""View models of the single-trace pages: what the templates of `trace/` are given."""
