"""A conversation as one Markdown document."""

from __future__ import annotations

from halo_dash.model.run import Conversation


def conversation_prose(conversation: Conversation) -> str:
    """The report as it was written, then each question with its answer."""
    parts = []
    for number, message in enumerate(conversation.messages):
        if message.role == "assistant":
            parts.append(message.content.rstrip())
        elif number:
            question = "\n".join(f"> {line}" for line in message.content.splitlines())
            parts.append(f"---\n\n{question}")
    return "\n\n".join(parts) + "\n" if parts else "Nothing was found yet.\n"
