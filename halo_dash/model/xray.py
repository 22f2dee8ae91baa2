"""What filled the prompt of a model call, and what of it was sent before.

Senders report how many tokens went in, not what they were. So characters are counted, and the reported tokens
are shared out by them: an estimate, which always adds up to what was reported.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from halo_dash.model.message import Role


class Segment(StrEnum):
    """A kind of content of a prompt, in the order in which a prompt is put together."""

    TOOLS = "tools"
    """Definitions of the tools that were offered."""
    SYSTEM = "system"
    EARLIER_USER = "earlier_user"
    ASSISTANT = "assistant"
    """What the model said and asked for before."""
    TOOL_RESULTS = "tool_results"
    USER = "user"
    """What the user says new in this call."""
    MEDIA = "media"
    OTHER = "other"

    __hash__ = str.__hash__


@dataclass(frozen=True, slots=True)
class PromptMessage:
    """One message of a prompt, as far as the X-ray needs it."""

    digest: int
    """Equal for equal messages, within one process."""
    role: Role
    sizes: tuple[tuple[Segment, int], ...]
    """Characters by segment; words of a user stand under `EARLIER_USER`, whether new or not."""
    media: int = 0
    """Images, sounds and files, whose tokens no character tells."""

    @property
    def characters(self) -> int:
        """Of the whole message."""
        return sum(size for _segment, size in self.sizes)


@dataclass(frozen=True, slots=True)
class Prompt:
    """Everything that was sent to the model."""

    messages: tuple[PromptMessage, ...] = ()
    tools: int = 0
    """How many tools were offered."""
    tools_characters: int = 0
    tools_digest: int = 0

    @property
    def characters(self) -> int:
        """Of messages and tool definitions."""
        return self.tools_characters + sum(message.characters for message in self.messages)


@dataclass(frozen=True, slots=True)
class Fill:
    """What one segment takes of the prompt."""

    segment: Segment
    pieces: int
    """Messages that have some of it; tools; images."""
    characters: int
    tokens: int
    """Estimated."""


@dataclass(frozen=True, slots=True)
class Change:
    """The messages of a prompt against those of the call before. Each is one of kept, added and changed."""

    kept: int = 0
    added: tuple[tuple[Role, int], ...] = ()
    """(role, how many), in order of first appearance."""
    dropped: int = 0
    changed: int = 0
    """Messages that stand where another stood."""
    tools_changed: bool = False

    @property
    def added_count(self) -> int:
        """Of all roles."""
        return sum(count for _role, count in self.added)


@dataclass(frozen=True, slots=True)
class Prefix:
    """How far the prompt begins as the call before did: what a cache can have held of it."""

    messages: int
    tokens: int
    """Estimated."""
    broke_at: int | None
    """The first message that differs from the call before, from 0; -1 for the tool definitions, which come
    first; None where the whole call before is the beginning of this one."""
    broke_role: Role | None = None
    cached: int | None = None
    """Input tokens that were read from a cache, as reported; None where the sender does not say."""


@dataclass(frozen=True, slots=True)
class Repetition:
    """What was sent again."""

    tokens: int
    """Estimated."""
    cached: int | None
    """How many of them a cache had at most; None where the sender does not say."""
    usd: Decimal | None
    """What they cost, the discount of the cache taken off; None without a price."""
    saved_usd: Decimal | None
    """What the cache saved."""


@dataclass(frozen=True, slots=True)
class Xray:
    """The prompt of one call."""

    fills: tuple[Fill, ...] = ()
    """Segments that hold something; empty where the sender recorded no content."""
    characters: int = 0
    tokens: int | None = None
    """Input tokens: the reported ones, else estimated at 4 characters a token; None without either."""
    is_reported: bool = False
    media: int = 0
    window: int | None = None
    """The most input tokens the model takes; None where nobody knows."""
    previous_span_id: str | None = None
    """The call before, of the same agent and conversation."""
    change: Change | None = None
    prefix: Prefix | None = None
    repetition: Repetition | None = None

    @property
    def window_share(self) -> float | None:
        """Part of the context window that the input takes, 0 to 1 (more where a model took more)."""
        return self.tokens / self.window if self.tokens is not None and self.window else None
