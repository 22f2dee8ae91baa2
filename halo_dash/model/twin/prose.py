"""A conversation as one Markdown document."""

from __future__ import annotations

from collections.abc import Iterable


def conversation_prose(said: Iterable[tuple[str, str]]) -> str:
    """The report as it was written, then each question with its answer; empty where nothing was found yet.

    `said` are (role, Markdown) of the messages, in order.
    """
    parts = []
    for number, (role, content) in enumerate(said):
        if role == "assistant":
            parts.append(content.rstrip())
        elif number:
            question = "\n".join(f"> {line}" for line in content.splitlines())
            parts.append(f"---\n\n{question}")
    return "\n\n".join(parts)
