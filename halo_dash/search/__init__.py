"""The pure core of search: which words a text has, what a typed query asks for, which texts answer it.

Nothing here reads a file or speaks SQL. The store feeds `document.columns()` to a full-text index and asks it
with `expression.match()`; `matches` says the same of the texts themselves, for snippets and inside one trace.
"""
