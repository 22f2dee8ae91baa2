"""The addresses of a comparison: of two traces, or of two selections."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlencode

from halo_dash.web.trace.address import TraceAddress

_PASTED = re.compile(r"/traces/([^/?#]+)")


@dataclass(frozen=True, slots=True)
class CompareAddress:
    """The whole state of a comparison of two traces."""

    a: str
    b: str
    step: int = 0
    """Number of the row whose details are shown, from 1; 0 is where the two part."""
    is_short: bool = False
    """Only the rows that differ are shown."""
    first_row: int = 0

    @property
    def url(self) -> str:
        """This very page."""
        pairs = [("a", self.a), ("b", self.b)]
        if self.step:
            pairs.append(("step", str(self.step)))
        if self.is_short:
            pairs.append(("show", "differences"))
        if self.first_row:
            pairs.append(("row", str(self.first_row)))
        return f"/compare?{urlencode(pairs)}"

    def at(self, step: int) -> str:
        """Another row's details."""
        return replace(self, step=step, first_row=0).url

    def with_rows(self, first_row: int) -> str:
        """Another window of rows."""
        return replace(self, first_row=first_row).url

    def with_short(self, is_short: bool) -> str:  # noqa: FBT001 - a template calls it with the state wanted
        """Only what differs, or all."""
        return replace(self, is_short=is_short, first_row=0).url

    @property
    def swapped(self) -> str:
        """The same two the other way round."""
        return CompareAddress(self.b, self.a, is_short=self.is_short).url

    @property
    def json(self) -> str:
        """The same as JSON."""
        return self.url.replace("/compare?", "/compare.json?", 1)

    def trace(self, side: str, span_id: str | None = None) -> TraceAddress:
        """The trace of side `a` or `b`, opened at a span."""
        return TraceAddress(self.a if side == "a" else self.b, span_id=span_id)


def compare_url(a: str, b: str | None = None) -> str:
    """Two traces side by side; with one, the page that offers what to compare it with."""
    return f"/compare?{urlencode([('a', a), *([('b', b)] if b else [])])}"


def pasted_id(text: str) -> str:
    """The trace id in what somebody pasted: an id, or any address of a trace."""
    found = _PASTED.search(text)
    return unquote(found[1]).removesuffix(".json") if found else text.strip()
