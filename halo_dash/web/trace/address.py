"""The addresses of one trace: its views, its spans, and the list it was opened from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, cast, get_args
from urllib.parse import quote, urlencode

from halo_dash.web.sessions.paths import session_path, user_path

TraceView: TypeAlias = Literal["tree", "timeline", "thread", "ledger", "raw"]
VIEWS: tuple[TraceView, ...] = get_args(TraceView)

OWN_NAMES = frozenset({"view", "span", "row", "fold", "open", "after", "rows", "find", "hit", "finding"})
"""Query names that are the trace page's own; every other one belongs to the list's filter and is kept."""


@dataclass(frozen=True, slots=True)
class TraceAddress:
    """The whole state of a trace page, and the addresses that differ from it in one thing."""

    trace_id: str
    view: TraceView = "tree"
    span_id: str | None = None
    first_row: int = 0
    is_folded: bool = False
    opened: tuple[str, ...] = ()
    """Loops (by their first span) that stay open although loops are folded."""
    after: str | None = None
    """Where this page of the raw view begins."""
    find: str | None = None
    """What is looked for; None: what the list was searched for."""
    hit: int = 0
    """Number of the hit that is looked at, from 1."""
    finding: str | None = None
    """`2.1`: the evidence that is looked at, the first one of the second finding."""
    list_query: tuple[tuple[str, str], ...] = ()
    """The filter of the list this page was opened from."""

    @property
    def path(self) -> str:
        """`/traces/{trace_id}`."""
        return f"/traces/{quote(self.trace_id, safe='')}"

    @property
    def wanted(self) -> str:
        """What is looked for in this trace."""
        return (dict(self.list_query).get("q", "") if self.find is None else self.find).strip()

    @property
    def url(self) -> str:
        """This very page."""
        query = urlencode([*self._own(), *self.list_query])
        return self.path + (f"?{query}" if query else "")

    @property
    def find_kept(self) -> tuple[tuple[str, str], ...]:
        """What the find form carries along unseen."""
        own = (pair for pair in self._own() if pair[0] not in {"find", "hit", "span", "finding"})
        return (*own, *self.list_query)

    def _own(self) -> list[tuple[str, str]]:
        own: list[tuple[str, str]] = []
        if self.view != "tree":
            own.append(("view", self.view))
        if self.span_id:
            own.append(("span", self.span_id))
        if self.first_row:
            own.append(("row", str(self.first_row)))
        if self.is_folded:
            own.append(("fold", "1"))
        if self.after:
            own.append(("after", self.after))
        own.extend(("open", span_id) for span_id in self.opened)
        if self.find is not None:
            own.append(("find", self.find))
        if self.hit:
            own.append(("hit", str(self.hit)))
        if self.finding:
            own.append(("finding", self.finding))
        return own

    def at_hit(self, hit: int, span_id: str) -> str:
        """The tree or timeline opened at a hit."""
        view: TraceView = "timeline" if self.view == "timeline" else "tree"
        return replace(self, view=view, span_id=span_id, first_row=0, after=None, hit=hit, finding=None).url

    def at_evidence(self, number: str, span_id: str) -> str:
        """The tree or timeline opened at the evidence of a finding, which comes into view."""
        view: TraceView = "timeline" if self.view == "timeline" else "tree"
        there = replace(self, view=view, span_id=span_id, first_row=0, after=None, hit=0, finding=number)
        return f"{there.url}#evidence"

    def with_view(self, view: str) -> str:
        """The same trace and span in another view."""
        return replace(self, view=cast("TraceView", view), first_row=0, opened=(), after=None).url

    def with_span(self, span_id: str) -> str:
        """The same page with another span selected; the window of rows stays."""
        return replace(self, span_id=span_id, hit=0, finding=None).url

    def jump(self, span_id: str) -> str:
        """The tree or timeline opened at a span, whatever view this is."""
        view: TraceView = "timeline" if self.view == "timeline" else "tree"
        return replace(self, view=view, span_id=span_id, first_row=0, after=None, hit=0, finding=None).url

    def with_rows(self, first_row: int) -> str:
        """Another window of rows."""
        return replace(self, first_row=first_row).url

    def with_after(self, after: str) -> str:
        """The page of the raw view that begins there."""
        return replace(self, after=after).url

    def with_fold(self, is_folded: bool) -> str:  # noqa: FBT001 - a template calls it with the state wanted
        """The same page with loops folded or not."""
        return replace(self, is_folded=is_folded, first_row=0, opened=()).url

    def with_open(self, span_id: str) -> str:
        """The same page with one more loop open."""
        return replace(self, is_folded=True, opened=(*self.opened, span_id)).url

    def of_trace(self, trace_id: str) -> str:
        """Another trace of the same list, in the same view."""
        return TraceAddress(trace_id, view=self.view, list_query=self.list_query).url

    def span(self, span_id: str) -> str:
        """One span as a page of its own."""
        return f"{self.path}/spans/{quote(span_id, safe='')}"

    def value(self, span_id: str, pointer: str) -> str:
        """One whole value of a span as plain text."""
        return f"{self.span(span_id)}/value?{urlencode({'at': pointer})}"

    def thread_value(self, pointer: str) -> str:
        """One whole value of the thread as plain text."""
        return f"{self.path}/thread/value?{urlencode({'at': pointer})}"

    @property
    def list_url(self) -> str:
        """Back to the list, filter kept."""
        return "/traces" + (f"?{urlencode(self.list_query)}" if self.list_query else "")

    def filtered(self, name: str, value: str) -> str:
        """What else belongs to a thing: the session at this trace, the user, else the list over all time."""
        if name == "session":
            return f"{session_path(value)}?{urlencode({'trace': self.trace_id})}#t-{quote(self.trace_id)}"
        if name == "user":
            return user_path(value)
        return f"/traces?{urlencode([(name, value), ('range', 'all')])}"
