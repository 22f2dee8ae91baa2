"""Spans and log records with everything OTLP allows, and some things it does not."""

from __future__ import annotations

from hypothesis import strategies as st

from halo_dash.model.observation import Observation
from halo_dash.model.page import StoredSpan
from halo_dash.model.span import EntityRef, Event, Link, LogRecord, Resource, Scope, Span

UINT32 = st.integers(0, 2**32 - 1)
TIMES = st.integers(0, 2**63 - 1)
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | TEXTS | st.binary(max_size=8)
)
KEYS = TEXTS | st.sampled_from(["$bytes", "$map", "$int", "$", "gen_ai.system"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
ATTRIBUTES = st.dictionaries(KEYS, VALUES, max_size=3)
SPAN_IDS = st.text("0123456789abcdef", min_size=16, max_size=24).filter(lambda text: text.strip("0") != "")
TRACE_IDS = st.text("0123456789abcdef", min_size=32, max_size=32).filter(lambda text: text.strip("0") != "")
ENTITIES = st.builds(
    EntityRef, TEXTS, TEXTS, st.lists(TEXTS, max_size=2).map(tuple), st.lists(TEXTS, max_size=2).map(tuple)
)
RESOURCES = st.builds(Resource, ATTRIBUTES, UINT32, st.lists(ENTITIES, max_size=1).map(tuple), TEXTS)
SCOPES = st.builds(Scope, TEXTS, TEXTS, ATTRIBUTES, UINT32, TEXTS)
EVENTS = st.builds(Event, TIMES, TEXTS, ATTRIBUTES, UINT32)
LINKS = st.builds(Link, TRACE_IDS, SPAN_IDS, TEXTS, ATTRIBUTES, UINT32, UINT32)


def spans(trace_id: str) -> st.SearchStrategy[Span]:
    """Spans of one trace."""
    return st.builds(
        Span,
        trace_id=st.just(trace_id),
        span_id=SPAN_IDS,
        parent_span_id=st.just("") | SPAN_IDS,
        name=TEXTS,
        kind=st.integers(0, 9),
        start_ns=TIMES,
        end_ns=TIMES,
        status_code=st.integers(0, 2),
        status_message=TEXTS,
        trace_state=TEXTS,
        flags=UINT32,
        attributes=ATTRIBUTES,
        dropped_attributes_count=UINT32,
        events=st.lists(EVENTS, max_size=2).map(tuple),
        dropped_events_count=UINT32,
        links=st.lists(LINKS, max_size=2).map(tuple),
        dropped_links_count=UINT32,
        resource=RESOURCES,
        scope=SCOPES,
    )


def log_records(trace_id: str, span_id: str) -> st.SearchStrategy[LogRecord]:
    """Log records of one span."""
    return st.builds(
        LogRecord,
        trace_id=st.just(trace_id),
        span_id=st.just(span_id),
        time_ns=TIMES,
        observed_ns=TIMES,
        severity_number=st.integers(0, 24),
        severity_text=TEXTS,
        event_name=TEXTS,
        body=VALUES,
        attributes=ATTRIBUTES,
        dropped_attributes_count=UINT32,
        flags=UINT32,
        resource=RESOURCES,
        scope=SCOPES,
    )


@st.composite
def stored_traces(draw: st.DrawFn) -> tuple[str, list[StoredSpan]]:
    """A trace as the store hands it out."""
    trace_id = draw(TRACE_IDS)
    found = draw(st.lists(spans(trace_id), min_size=1, max_size=3, unique_by=lambda span: span.span_id))
    return trace_id, [
        StoredSpan(
            span,
            Observation(),
            tuple(draw(st.lists(log_records(trace_id, span.span_id), max_size=2))),
            number,
        )
        for number, span in enumerate(found)
    ]
