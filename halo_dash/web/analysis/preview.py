"""What an analysis would read and cost, before it is started."""

from __future__ import annotations

from dataclasses import dataclass

from halo_dash.analysis.engine.estimate import estimate
from halo_dash.analysis.engine.models import ModelNames
from halo_dash.analysis.selection import without_own
from halo_dash.model.figures import DEFAULT_GROUP_SORT
from halo_dash.model.filter import ListQuery
from halo_dash.model.page import Totals
from halo_dash.model.run import RunRequest, SelectionSize
from halo_dash.web.analysis.asking import Asked
from halo_dash.web.analysis.paths import traces_address
from halo_dash.web.site import Site
from halo_dash.web.words import short_count, usd


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
    estimate: str
    """What it may take, in words; empty where nothing is paid."""

    @property
    def is_sampled(self) -> bool:
        """More was selected than will be read."""
        return self.span_limit is not None and self.spans > self.span_limit


def preview_of(site: Site, asked: Asked) -> Preview:
    """Count what the form selects. Nothing is read yet."""
    now_ns = site.clock()
    selected = without_own(asked.filter)
    totals = site.store.traces.totals(selected, now_ns)
    sessions = site.store.figures.groups(
        "session", ListQuery(selected, sort=DEFAULT_GROUP_SORT, limit=1), now_ns
    ).total
    limit = site.settings.engine.span_limit
    estimated = ""
    if not asked.problems:
        wanted = asked.request(site.settings, now_ns)
        limit = wanted.limits.span_limit or 0
        estimated = _estimated(site, wanted, totals, now_ns)
    return Preview(
        traces=totals.traces,
        failed=totals.failed,
        spans=totals.spans,
        sessions=sessions,
        tokens=totals.usage.total,
        list_href=traces_address(selected.pairs()),
        span_limit=limit or None,
        problems=asked.problems,
        estimate=estimated,
    )


def _estimated(site: Site, wanted: RunRequest, totals: Totals, now_ns: int) -> str:
    if wanted.analyst == "built_in" or not (wanted.models.model and totals.traces):
        return ""
    limit = wanted.limits.span_limit
    spans = totals.spans if limit is None else min(totals.spans, limit)
    size = SelectionSize(
        traces=totals.traces, spans=totals.spans, read_traces=totals.traces, read_spans=spans
    )
    engine = site.settings.engine
    names = ModelNames.of(wanted.models, engine.model, engine.sub_model)
    found = estimate(wanted, size, names, site.store.prices, now_ns)
    tokens = f"{short_count(found.tokens_low)} to {short_count(found.tokens_high)} tokens"
    if found.usd_low is None or found.usd_high is None:
        return (
            f"{tokens}; the price of {wanted.models.model} is not known, so no limit in dollars can hold it"
        )
    return f"{tokens}, {usd(found.usd_low)} to {usd(found.usd_high)}; a limit in dollars holds it to a number"
