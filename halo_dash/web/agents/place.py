"""Addresses of agents, and of the traces behind their figures."""

from __future__ import annotations

from urllib.parse import urlencode

from halo_dash.model.bounds import write_moment
from halo_dash.model.figures import AgentRow, SpanRef
from halo_dash.model.filter import Filter
from halo_dash.web.charts.chart import Pairs
from halo_dash.web.raw_path import segment
from halo_dash.web.selection import Place

_TIME = ("range", "from", "to")


def agent_path(key: str, tab: str = "") -> str:
    """`/agents/{key}`, or one of its tabs."""
    return f"/agents/{segment(key)}" + (f"/{tab}" if tab else "")


def shown_id(row: AgentRow) -> str:
    """The id of an agent where it says more than its name."""
    return row.agent_id if row.agent_id and row.agent_id.casefold() != row.name.casefold() else ""


def agent_place(key: str, tab: str = "") -> Place:
    """A page inside the workspace of an agent: its own filter is fixed."""
    return Place(agent_path(key, tab), (("agent", key),))


def span_address(ref: SpanRef) -> str:
    """The trace, opened at the span."""
    return f"/traces/{segment(ref.trace_id)}?{urlencode({'span': ref.span_id})}"


class Lists:
    """Where the traces are listed that a number counts. A page has a thousand such addresses."""

    def __init__(self, filter_: Filter) -> None:
        """`filter_` is that of the figures, with the agent where they are an agent's."""
        self.filter = filter_
        self._pairs = filter_.pairs()
        timeless = [pair for pair in self._pairs if pair[0] not in _TIME]
        self._timeless = "".join(f"{urlencode([pair])}&" for pair in timeless)
        self._between: dict[tuple[int, int, Pairs], str] = {}

    def all(self, *more: tuple[str, str], sort: str = "") -> str:
        """The traces of the selection, narrowed by some more filters."""
        extra = (("sort", sort),) if sort else ()
        return f"/traces?{urlencode([*self._narrowed(more), *extra])}"

    def narrowed(self, *more: tuple[str, str]) -> Filter:
        """The filter of that list."""
        return Filter.parse(self._narrowed(more))

    def _narrowed(self, more: Pairs) -> list[tuple[str, str]]:
        names = {name for name, _ in more}
        return [*(pair for pair in self._pairs if pair[0] not in names), *more]

    def between(self, start_ns: int, end_ns: int, more: Pairs = ()) -> str:
        """Those that started in a bucket."""
        key = (start_ns, end_ns, more)
        if key not in self._between:
            times = (("from", write_moment(start_ns)), ("to", write_moment(end_ns)))
            self._between[key] = f"/traces?{self._timeless}{urlencode([*times, *more], safe=':')}"
        return self._between[key]
