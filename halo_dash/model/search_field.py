"""The fields of full-text search: where in a trace a text was said.

Plain strings rather than an enum: every text of every span is filed under one, and they key dictionaries.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

SearchField: TypeAlias = Literal[
    "note",
    "user",
    "assistant",
    "system",
    "tool_call",
    "tool_result",
    "document",
    "error",
    "input",
    "output",
    "event",
    "name",
    "id",
    "attribute",
]

SEARCH_FIELDS: tuple[SearchField, ...] = get_args(SearchField)
"""In the order in which a page shows hits: notes, what people and tools said, the small print last."""

SCOPES: dict[str, tuple[SearchField, ...]] = {each: (each,) for each in SEARCH_FIELDS} | {
    "input": ("input", "user", "system", "tool_call"),
    "output": ("output", "assistant", "tool_result", "document"),
}
"""What `in:` may name, and the fields it covers: an input that is a user's message is filed as that."""
