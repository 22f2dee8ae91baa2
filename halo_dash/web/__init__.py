"""The dashboard: the only package that knows Litestar and Jinja."""
