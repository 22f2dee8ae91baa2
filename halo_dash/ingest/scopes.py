"""Which instrumentation scopes send, and the dialect each speaks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from halo_dash.model.exporter import ScopeActivity
from halo_dash.model.span import Scope, Span
from halo_dash.semconv import observe

PLAIN: Final = "plain"
TRIES: Final = 100
"""Spans read in the hope of a dialect before a scope counts as plain: its first ones may say nothing."""
MAX_SCOPES: Final = 500
MAX_TEXT: Final = 200


@dataclass(slots=True)
class _Seen:
    dialect: str = PLAIN
    tries: int = 0
    spans: int = 0
    """Since the last write."""


class Scopes:
    """Belongs to the writing thread alone."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], _Seen] = {}
        self._last: tuple[Scope, _Seen] | None = None

    def count(self, spans: Iterable[Span]) -> Iterator[Span]:
        """`spans` as they are, counted in passing."""
        for span in spans:
            # The spans of a scope come one after the other and share the object.
            if self._last is None or self._last[0] is not span.scope:
                self._last = span.scope, self._find(span.scope)
            seen = self._last[1]
            seen.spans += 1
            if seen.dialect == PLAIN and seen.tries < TRIES:
                seen.tries += 1
                seen.dialect = observe(span).dialect
            yield span

    def take(self, now_ns: int) -> list[ScopeActivity]:
        """What was counted since the last time."""
        out = []
        for (name, version), seen in self._seen.items():
            if seen.spans:
                out.append(ScopeActivity(name, version, seen.dialect, seen.spans, now_ns))
                seen.spans = 0
        self._last = None
        if len(self._seen) > MAX_SCOPES:
            self._seen.clear()
        return out

    def give_back(self, activity: Iterable[ScopeActivity]) -> None:
        """Undo `take`."""
        for scope in activity:
            self._seen.setdefault((scope.name, scope.version), _Seen(scope.dialect)).spans += scope.spans

    def _find(self, scope: Scope) -> _Seen:
        return self._seen.setdefault((scope.name[:MAX_TEXT], scope.version[:MAX_TEXT]), _Seen())
