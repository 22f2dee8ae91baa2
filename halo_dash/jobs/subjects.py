"""Reading a stored trace as rules see it."""

from __future__ import annotations

from dataclasses import replace

from halo_dash.detect.naming import name_of
from halo_dash.model.observation import MODEL_KINDS, Kind
from halo_dash.model.page import StoredSpan
from halo_dash.model.subject import Baseline, Subject
from halo_dash.store import Store


def read_whole(store: Store, trace_id: str) -> tuple[StoredSpan, ...]:
    """All spans of a trace."""
    spans: list[StoredSpan] = []
    after: str | None = None
    while True:
        page = store.spans.page(trace_id, after=after)
        spans += page.items
        after = page.next_after
        if after is None:
            return tuple(spans)


def with_history(store: Store, subject: Subject) -> Subject:
    """The trace with what is known beyond it: how its steps went before, and the windows of its models."""
    history = store.steps.before(subject.summary.start_ns)
    baselines: dict[tuple[Kind, str], Baseline] = {}
    windows: dict[str, int] = {}
    for span in subject.spans:
        seen, name = span.seen, name_of(span)
        # Histories call an agent by its span, as figures do.
        label = span.reading.name if seen.kind is Kind.AGENT else name
        if (usual := history.get((seen.kind, label))) is not None:
            baselines[seen.kind, name] = usual
        if seen.kind in MODEL_KINDS and seen.model is not None and seen.model not in windows:
            window = store.prices.context_window(seen.provider, seen.model)
            if window is not None:
                windows[seen.model] = window
    return replace(subject, baselines=baselines, windows=windows)
