"""What the tests of the provider share: a provider over a scripted server, and calls to make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from halo_dash.analysis.provider.connections import ConnectionLog
from halo_dash.analysis.provider.patience import Patience
from halo_dash.analysis.provider.provider import OpenAIProvider
from halo_dash.analysis.provider.wire import (
    AssistantItem,
    ModelCall,
    RetryNotice,
    SystemItem,
    ToolCall,
    ToolItem,
    ToolSpec,
    UserItem,
)
from halo_dash.model.run import RunOptions
from tests.analysis.scripted import ScriptedServer

KEY = "sk-canary-0123456789abcdef"
QUICK = Patience(first_wait_s=0.001, longest_wait_s=0.002)
LOOK = ToolSpec("look", "Look at a trace.", {"type": "object", "properties": {"id": {"type": "string"}}})
TALK = (
    SystemItem("You read traces."),
    UserItem("What is wrong?"),
    AssistantItem("I look.", (ToolCall("c1", "look", '{"id": "a"}'), ToolCall("c2", "look", "{oops"))),
    ToolItem("c1", '{"status": "error"}'),
    ToolItem("c2", "no such arguments"),
    UserItem("Go on."),
)


OPENED: list[OpenAIProvider] = []


class Asked:
    """A provider and what it told."""

    def __init__(
        self,
        server: ScriptedServer,
        *,
        base_url: str | None = None,
        key: str | None = KEY,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = 20,
        patience: Patience = QUICK,
        key_name: str | None = "OPENAI_API_KEY",
    ) -> None:
        self.notices: list[RetryNotice] = []
        self.connections = ConnectionLog()
        self.provider = OpenAIProvider(
            base_url or server.base_url,
            lambda: key,
            headers,
            connections=self.connections,
            timeout_s=timeout_s,
            on_retry=self.notices.append,
            patience=patience,
            key_name=key_name,
        )
        OPENED.append(self.provider)


def question(
    model: str = "scripted-large", *, tools: bool = True, items: Any = TALK, **options: Any
) -> ModelCall:
    """A call."""
    given = (LOOK,) if tools else ()
    return ModelCall(model=model, items=items, options=RunOptions(**options), tools=given)
