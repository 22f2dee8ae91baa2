"""What a scripted server received."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedRequest:
    """One request. `messages` are in the form of chat.completions, whichever way it came."""

    number: int
    """Of all requests for answers to this server, from 0."""
    attempt: int
    """How often the same body came before."""
    api: Literal["chat", "responses"]
    path: str
    headers: Mapping[str, str]
    """Names in lower case."""
    body: Mapping[str, Any]
    """As it was sent."""
    messages: tuple[Mapping[str, Any], ...]

    @property
    def model(self) -> str:
        """The model asked."""
        return str(self.body["model"])

    @property
    def is_streamed(self) -> bool:
        """The answer was asked for in pieces."""
        return bool(self.body.get("stream"))

    @property
    def tools(self) -> tuple[str, ...]:
        """Names of the tools offered."""
        return tuple(self.schemas)

    @property
    def schemas(self) -> dict[str, Mapping[str, Any]]:
        """The tools offered: name → {name, description, parameters}."""
        found = [tool.get("function", tool) for tool in self.body.get("tools") or ()]
        return {tool["name"]: tool for tool in found}

    @property
    def system(self) -> str:
        """All instructions."""
        return "\n".join(m["content"] for m in self.messages if m["role"] in ("system", "developer"))

    @property
    def user(self) -> str:
        """The last thing the user said."""
        return next((m["content"] for m in reversed(self.messages) if m["role"] == "user"), "")

    @property
    def users(self) -> list[str]:
        """Everything the user said."""
        return [m["content"] for m in self.messages if m["role"] == "user"]

    @property
    def turn(self) -> int:
        """How often the model spoke before."""
        return sum(m["role"] == "assistant" for m in self.messages)

    @property
    def tool_texts(self) -> list[str]:
        """Results of tools since the model last spoke."""
        texts: list[str] = []
        for message in reversed(self.messages):
            if message["role"] == "assistant":
                break
            if message["role"] == "tool":
                texts.append(message["content"])
        return texts[::-1]

    @property
    def results(self) -> list[Any]:
        """The same, each read as JSON. Raises where one is no JSON."""
        return [json.loads(text) for text in self.tool_texts]

    def texts_of(self, tool: str) -> list[str]:
        """All results of one tool in the whole conversation, in order of the calls."""
        ids = [
            used["id"]
            for message in self.messages
            for used in message.get("tool_calls") or ()
            if used["function"]["name"] == tool
        ]
        by_id = {m["tool_call_id"]: m["content"] for m in self.messages if m["role"] == "tool"}
        return [by_id[call_id] for call_id in ids if call_id in by_id]

    def result(self, tool: str) -> Any:
        """The last result of a tool, read as JSON. Raises AssertionError where there is none that is JSON."""
        texts = self.texts_of(tool)
        assert texts, f"{tool} was not answered; the conversation ends with {self.messages[-1]}"
        try:
            return json.loads(texts[-1])
        except ValueError as error:
            raise AssertionError(f"{tool} answered no JSON: {texts[-1][:500]}") from error


def messages_of(api: str, body: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """The conversation in one form."""
    if api == "chat":
        return tuple({**m, "content": _text(m.get("content"))} for m in body["messages"])
    messages: list[Mapping[str, Any]] = []
    if body.get("instructions"):
        messages.append({"role": "system", "content": body["instructions"]})
    given = body["input"]
    if isinstance(given, str):
        given = [{"role": "user", "content": given}]
    for item in given:
        kind = item.get("type", "message")
        if kind == "message":
            messages.append({"role": item["role"], "content": _text(item["content"])})
        elif kind == "function_call":
            used = {"id": item["call_id"], "type": "function"}
            used["function"] = {"name": item["name"], "arguments": item["arguments"]}
            last = messages[-1]
            if last["role"] == "assistant":
                messages[-1] = {**last, "tool_calls": [*last.get("tool_calls", ()), used]}
            else:
                messages.append({"role": "assistant", "content": "", "tool_calls": [used]})
        elif kind == "function_call_output":
            messages.append({"role": "tool", "tool_call_id": item["call_id"], "content": item["output"]})
    return tuple(messages)


def _text(content: Any) -> str:
    if content is None:
        return ""
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)
