"""What is said to a model and what it answers, in words of our own: nothing above knows a provider's form."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

from halo_dash.errors import ProviderErrorKind
from halo_dash.model.run import RunOptions


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool the model wants called."""

    call_id: str
    name: str
    arguments: str
    """As the model wrote them: JSON, if it did well."""


@dataclass(frozen=True, slots=True)
class SystemItem:
    """Instructions; the first item of every call."""

    text: str


@dataclass(frozen=True, slots=True)
class UserItem:
    """What the user, or the engine in their place, says."""

    text: str


@dataclass(frozen=True, slots=True)
class AssistantItem:
    """What the model said before."""

    text: str
    tool_calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolItem:
    """What a tool answered."""

    call_id: str
    text: str


Item: TypeAlias = SystemItem | UserItem | AssistantItem | ToolItem


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as the model is told of it."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    """JSON schema of an object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCall:
    """One question to a model."""

    model: str
    items: tuple[Item, ...]
    options: RunOptions
    tools: tuple[ToolSpec, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUsage:
    """Tokens as the provider counted them."""

    input_tokens: int
    """With those read from a cache."""
    output_tokens: int
    """With those spent on reasoning."""
    cached_tokens: int = 0
    reasoning_tokens: int = 0


class Stopped(Exception):  # noqa: N818 - nothing is wrong: it was asked for
    """The call was given up because its `stop` was set."""

    spent: ModelUsage | None = None
    """What attempts of the call were paid until then."""
    is_usage_partial: bool = False
    """Something was paid that `spent` does not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A whole answer."""

    text: str
    tool_calls: tuple[ToolCall, ...]
    finish: Literal["stop", "tool_calls", "length", "content_filter", "refusal"]
    usage: ModelUsage | None
    """None where the provider told nothing. With that of answers which were asked for again."""
    model: str
    """The one that answered, as the provider names it."""
    started_ns: int
    ended_ns: int
    refusal: str = ""
    attempts: int = 1
    """How often it was asked until this answer came."""
    asked: str = ""
    """The model as it was asked for."""
    is_usage_partial: bool = False
    """Something was paid that `usage` does not have: an answer broke off before it said what it took."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryNotice:
    """A call is made once more."""

    failure: ProviderErrorKind
    message: str
    """What happened and what is done about it."""
    attempt: int
    """The one that failed, from 1."""
    wait_s: float
    model: str


class Provider(Protocol):
    """A way to a model. Thread-safe."""

    def ask(
        self,
        call: ModelCall,
        *,
        on_text: Callable[[str], None] | None = None,
        stop: threading.Event | None = None,
        on_retry: Callable[[RetryNotice], None] | None = None,
    ) -> Reply:
        """Ask and wait for the whole answer, retrying what passes; `on_text` hears the text so far.

        `on_retry` is told before each further attempt; None: whoever the provider itself was given.
        Raises `ProviderError` where there is no answer, `Stopped` soon after `stop` was set; either says what
        was spent.
        """
