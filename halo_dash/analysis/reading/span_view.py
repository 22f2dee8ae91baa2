"""One span as the engine is shown it: its head, and every text under the name by which it is cited."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from halo_dash.analysis.reading.fields import texts_of
from halo_dash.analysis.reading.shown import Shown, shown
from halo_dash.model.observation import Content
from halo_dash.model.page import StoredSpan
from halo_dash.model.trace import SpanReading
from halo_dash.semconv import read_content
from halo_dash.semconv.search_fields import is_said

Json = dict[str, Any]

_REPEATED = 30
"""A text of so many characters that an answer has shown under the same name is only named again."""
_LONG = 200
"""A text of so many characters is named again where it stands under another name, too."""
_ATTRIBUTE = "attribute."
_SHORTHANDS = ("input", "output", "system", "tool_call[", "tool_result", "error", "stack")
"""What is said under another name, too, where there are messages or events."""
_LABEL = 64
"""A string without blanks that is no longer is an id, a role, a type: not something said."""
_DEPTH = 4
"""JSON inside of strings of JSON that is looked into."""
_AROUND = ("resource.", "scope.")
"""What all spans of a process share: shown where spans are read, not where a trace is looked over."""


class Views:
    """Spans of one answer, which names a long text that it has shown before instead of showing it again."""

    def __init__(self, limit: int, *, is_whole: bool, has_all_names: bool = False) -> None:
        """`limit`: characters of a text; `is_whole`: with resource and scope, and every text again.

        `has_all_names`: a text stands under each of its names, for code, which looks for one of them.
        """
        self._limit = limit
        self._is_whole = is_whole
        self._has_all_names = has_all_names
        self._known: dict[str, tuple[str, str]] = {}

    def of(self, stored: StoredSpan, start_ns: int) -> Json:
        """The view of a span of a trace that began at `start_ns`."""
        content = read_content(stored.span, stored.observation, stored.logs)
        view = span_head(stored.reading, start_ns)
        roles = [each.role for each in (*content.input_messages, *content.output_messages)]
        if roles:
            view["messages"] = ", ".join(f"{number} {role}" for number, role in enumerate(roles))
        fields: dict[str, Shown] = {}
        as_before: dict[str, list[str]] = {}
        folded = 0
        said = _Said(stored, content, () if self._is_whole else view.values())
        for name, text in said.texts.items():
            if name == "name" or (not self._is_whole and name.startswith(_AROUND)):
                continue
            is_plain = self._has_all_names and not name.startswith(_ATTRIBUTE)
            if not is_plain and said.is_repeated(name, text):
                folded += name.startswith(_ATTRIBUTE)
                continue
            before = None if self._is_whole or len(text) < _REPEATED else self._known.get(text)
            if before is None or (before[1] != name and len(text) < _LONG):
                fields[name] = shown(text, self._limit)
                self._known.setdefault(text, (stored.span.span_id, name))
            elif before[1] == name:
                as_before.setdefault(before[0], []).append(name)
            else:
                fields[name] = {"same_as": {"span_id": before[0], "field": before[1]}, "length": len(text)}
        view["fields"] = fields
        if as_before:
            view["as_before"] = as_before
        if folded:
            view["folded_attributes"] = folded
        return view


def span_head(reading: SpanReading, start_ns: int) -> Json:
    """What a span is, without its texts; what it does not say is left out."""
    seen = reading.observation
    found: Json = {
        "span_id": reading.span_id,
        "parent": reading.parent_span_id,
        "name": reading.name,
        "kind": seen.kind.value,
        "error": seen.failure.line[:200] if seen.failure else None,
        "at_ms": round((reading.start_ns - start_ns) / 1e6, 1),
        "duration_ms": round((reading.end_ns - reading.start_ns) / 1e6, 1) if reading.end_ns else None,
        "agent": seen.agent_name,
        "model": seen.model,
        "tool": seen.tool_name,
        "input_tokens": seen.usage.input,
        "output_tokens": seen.usage.output,
        "cost_usd": seen.cost_usd,
    }
    return {name: value for name, value in found.items() if value not in (None, "")}


class _Said:
    """The texts of a span, and which of them say nothing that another one does not."""

    def __init__(self, stored: StoredSpan, content: Content, facts: Iterable[object]) -> None:
        """`facts` stand beside the texts; where there are any, repeating attributes are left out."""
        self.texts: Mapping[str, str] = texts_of(stored, content)
        self._blob = "\n".join(text for name, text in self.texts.items() if not name.startswith(_ATTRIBUTE))
        self._facts = frozenset(map(str, facts))
        self._first: dict[str, str] = {}
        for name, text in self.texts.items():
            self._first.setdefault(text, name)

    def is_repeated(self, name: str, text: str) -> bool:
        """Whether it need not be shown: a shorthand of another, or an attribute that was read already."""
        if not name.startswith(_ATTRIBUTE):
            # Two calls of a tool with the same arguments are two, however alike.
            return self._first[text] != name and name.startswith(_SHORTHANDS)
        first = self._first[text]
        if first != name and (_is_content(name) or not first.startswith(_ATTRIBUTE)):
            return bool(self._facts) or len(text) > _LABEL or _is_content(name)
        if text in self._facts:
            return True
        may_repeat = _is_content(name) or (bool(self._facts) and len(text) > _LABEL and text[0] in "{[")
        return may_repeat and all(self._is_said(each) for each in strings(text))

    def _is_said(self, text: str) -> bool:
        return text in self._blob or (len(text) <= _LABEL and not any(map(str.isspace, text)))


def _is_content(name: str) -> bool:
    return is_said(name.removeprefix(_ATTRIBUTE))


def strings(text: str, depth: int = _DEPTH) -> Iterator[str]:
    """The strings of a text that is JSON (and of strings in it that are JSON again); else the text itself."""
    if depth and text[:1] in {"{", "["}:
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict | list):
            yield from _walk(found, depth)
            return
    yield text


def _walk(value: object, depth: int) -> Iterator[str]:
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            yield from strings(each, depth - 1)
        elif isinstance(each, dict):
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)
