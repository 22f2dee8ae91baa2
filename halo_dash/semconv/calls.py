"""Counting every model call once, although dialects nest, wrap and repeat them (semconv, totals)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from halo_dash.model.ledger import NotCounted
from halo_dash.model.observation import MODEL_KINDS, NO_USAGE, Kind, Observation
from halo_dash.model.trace import SpanReading
from halo_dash.semconv.kinds import LLM, TOOL
from halo_dash.semconv.lineage import NO_PARENT, Lineage, lineage

_REPEATED = frozenset({Kind.LLM, Kind.EMBEDDING})
"""Kinds that two instrumentations may both record, side by side."""


@dataclass(frozen=True, slots=True)
class Calls:
    """Indices into the lineage."""

    counted: list[bool]
    """Tokens and cost are part of the trace's totals, also where they are unknown."""
    llm: list[bool]
    """Stands for one LLM call."""
    repeats: dict[int, int]
    """A span that only repeats a counted one -> that one."""


def has_figures(observation: Observation) -> bool:
    """Whether a span says anything that totals are made of."""
    usage = observation.usage
    if usage is NO_USAGE:
        return observation.cost_usd is not None
    return (
        usage.input is not None
        or usage.output is not None
        or usage.total is not None
        or observation.cost_usd is not None
    )


def count_calls(family: Lineage) -> Calls:
    """Decide which spans count.

    A model span counts unless one below it has figures of its own; where no model span of a subtree has
    any, the topmost span with figures does (never a tool). An LLM span is a call unless one is below it,
    and one that went well counts without figures, too: nobody knows what it cost.
    """
    spans, parents = family.spans, family.parents
    size = len(spans)
    kinds = [span.observation.kind for span in spans]
    figures = [has_figures(span.observation) for span in spans]
    figures_below = [False] * size
    llm_below = [False] * size
    for index in range(size - 1, -1, -1):
        up = parents[index]
        if up == NO_PARENT:
            continue
        if figures_below[index] or (figures[index] and kinds[index] in MODEL_KINDS):
            figures_below[up] = True
        if llm_below[index] or kinds[index] is LLM:
            llm_below[up] = True
    counted = [
        figures[index] and not figures_below[index] and kind in MODEL_KINDS
        for index, kind in enumerate(kinds)
    ]
    llm = [kind is LLM and not llm_below[index] for index, kind in enumerate(kinds)]
    repeats = _drop_repeats(spans, counted)
    _drop_repeats(spans, llm)
    _add_reports(family, counted, figures, figures_below)
    _add_silent(family, counted, figures, llm)
    return Calls(counted, llm, repeats)


def not_counted(readings: Sequence[SpanReading]) -> Mapping[str, NotCounted]:
    """Span id -> why its tokens and cost are no part of the trace's totals, for each that is not counted."""
    family = lineage(readings)
    calls = count_calls(family)
    below = _counted_below(family, calls)
    found: dict[str, NotCounted] = {}
    for index, span in enumerate(family.spans):
        if not calls.counted[index]:
            found[span.span_id] = _why_not(family, calls, below, index)
    for placeholder, _real in family.stood_in:
        found[placeholder.span_id] = NotCounted("placeholder")
    return found


def _counted_below(family: Lineage, calls: Calls) -> list[int]:
    """The first counted span below each span, or `NO_PARENT`."""
    below = [NO_PARENT] * len(family.spans)
    for index in range(len(family.spans) - 1, -1, -1):
        up = family.parents[index]
        if up != NO_PARENT:
            nearest = index if calls.counted[index] else below[index]
            below[up] = nearest if nearest != NO_PARENT else below[up]
    return below


def _why_not(family: Lineage, calls: Calls, below: list[int], index: int) -> NotCounted:
    span = family.spans[index]
    if not has_figures(span.observation):
        return NotCounted("no_figures")
    if index in calls.repeats:
        return NotCounted("duplicate", family.spans[calls.repeats[index]].span_id)
    instead = family.spans[below[index]].span_id if below[index] != NO_PARENT else None
    if span.observation.kind in MODEL_KINDS:
        return NotCounted("wrapper", instead)
    up = family.parents[index]
    while up != NO_PARENT:
        if calls.counted[up]:
            return NotCounted("inside", family.spans[up].span_id)
        up = family.parents[up]
    return NotCounted("tool" if span.observation.kind is TOOL else "aggregate", instead)


def _drop_repeats(spans: list[SpanReading], chosen: list[bool]) -> dict[int, int]:
    """One call recorded by two instrumentations side by side: keep the one that has the messages.

    The same scope repeating a response id means separate calls, so all spans of the kept scope stay.
    Returns which span each dropped one repeats.
    """
    dropped: dict[int, int] = {}
    groups: dict[str, list[int]] = {}
    for index, is_chosen in enumerate(chosen):
        if is_chosen:
            seen = spans[index].observation
            if seen.response_id is not None and seen.kind in _REPEATED:
                groups.setdefault(seen.response_id, []).append(index)
    for group in groups.values():
        if len(group) > 1:
            kept = _kept(spans, group)
            for index in group:
                if spans[index].scope_name != spans[kept].scope_name:
                    chosen[index] = False
                    dropped[index] = kept
    return dropped


def _kept(spans: list[SpanReading], group: Iterable[int]) -> int:
    return min(
        group,
        key=lambda index: (
            not spans[index].observation.has_messages,
            spans[index].start_ns,
            spans[index].sequence,
            spans[index].span_id,
        ),
    )


def _add_reports(
    family: Lineage, counted: list[bool], figures: list[bool], figures_below: list[bool]
) -> None:
    """Agents and chains that report usage no model span below them accounts for."""
    if sum(figures) == sum(counted):
        return  # every span with figures counts already
    covered = [False] * len(counted)
    for index, span in enumerate(family.spans):
        up = family.parents[index]
        if up != NO_PARENT and (covered[up] or counted[up]):
            covered[index] = True
        elif figures[index] and not figures_below[index] and not counted[index]:
            kind = span.observation.kind
            counted[index] = kind is not TOOL and kind not in MODEL_KINDS


def _add_silent(family: Lineage, counted: list[bool], figures: list[bool], llm: list[bool]) -> None:
    """Calls that went well and report nothing, where no span above, below or beside them does it for them."""
    silent = [index for index, is_call in enumerate(llm) if is_call and not figures[index]]
    silent = [index for index in silent if _went_well(family.spans[index])]
    if not silent:
        return
    told = {
        span.observation.response_id
        for span, is_counted in zip(family.spans, counted, strict=True)
        if is_counted
    }
    parents = family.parents
    above = [False] * len(counted)
    below = [False] * len(counted)
    for index, up in enumerate(parents):
        above[index] = up != NO_PARENT and (above[up] or counted[up])
    for index in range(len(counted) - 1, -1, -1):
        if parents[index] != NO_PARENT and (below[index] or counted[index]):
            below[parents[index]] = True
    for index in silent:
        response_id = family.spans[index].observation.response_id
        is_told = above[index] or below[index] or (response_id is not None and response_id in told)
        counted[index] = not is_told


def _went_well(span: SpanReading) -> bool:
    """A call that failed or goes on still may have cost nothing yet."""
    seen = span.observation
    return bool(span.end_ns) and seen.failure is None and not seen.is_placeholder
