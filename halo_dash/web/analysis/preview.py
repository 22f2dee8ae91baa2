"""What an analysis would read and cost, before it is started."""

from __future__ import annotations

from dataclasses import dataclass

from halo_dash.model.figures import DEFAULT_GROUP_SORT
from halo_dash.model.filter import ListQuery
from halo_dash.web.analysis.asking import Asked
from halo_dash.web.analysis.paths import traces_address
from halo_dash.web.site import Site


@dataclass(frozen=True, slots=True)
class Preview:
    """The selection in numbers."""

    traces: int
    failed: int
    """Reported failed."""
    spans: int
    sessions: int
    tokens: int | None
    """That these runs themselves took: a measure of how much there is to read."""
    list_href: str
    span_limit: int | None
    """None: no limit."""
    problems: tuple[str, ...]

    @property
    def is_sampled(self) -> bool:
        """More was selected than will be read."""
        return self.span_limit is not None and self.spans > self.span_limit


def preview_of(site: Site, asked: Asked) -> Preview:
    """Count what the form selects. Nothing is read yet."""
    now_ns = site.clock()
    totals = site.store.traces.totals(asked.filter, now_ns)
    sessions = site.store.figures.groups(
        "session", ListQuery(asked.filter, sort=DEFAULT_GROUP_SORT, limit=1), now_ns
    ).total
    limit = site.settings.engine.span_limit
    if not asked.problems:
        limit = asked.request(site.settings, now_ns).limits.span_limit or 0
    return Preview(
        traces=totals.traces,
        failed=totals.failed,
        spans=totals.spans,
        sessions=sessions,
        tokens=totals.usage.total,
        list_href=traces_address(asked.filter.pairs()),
        span_limit=limit or None,
        problems=asked.problems,
    )
