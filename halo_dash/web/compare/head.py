"""The head of a comparison: both traces in figures, and the differences that explain the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from halo_dash.model.comparison import Aspect, ComparedRow, Imprint, label
from halo_dash.model.observation import Usage
from halo_dash.web import words
from halo_dash.web.compare.figures import Fact, number_fact, text_fact, written_count, written_duration
from halo_dash.web.compare.reading import TracePair
from halo_dash.web.runs import reason_of, state_of
from halo_dash.web.states import state_word
from halo_dash.web.trace.header import Header, header
from halo_dash.web.trace.reading import TraceReading


@dataclass(frozen=True, slots=True)
class Callout:
    """Something about how the model was called that differs: it explains what follows."""

    title: str
    text: str
    step: int
    """The first row it holds for, from 1."""
    count: int


@dataclass(frozen=True, slots=True)
class CompareHead:
    """Both sides."""

    a: Header
    b: Header
    facts: tuple[Fact, ...]
    callouts: tuple[Callout, ...]


def compare_head(pair: TracePair) -> CompareHead:
    """Read the head of a comparison."""
    a, b = (_header(reading) for reading in (pair.a, pair.b))
    facts = (*_outcome(pair, a, b), *_figures(pair, a, b), *_origin(pair, a, b))
    return CompareHead(a, b, facts, tuple(_callouts(pair)))


def _header(reading: TraceReading) -> Header:
    return header(reading.row, reading.tree, reading.timeline.breakdown, reading.now_ns)


def _outcome(pair: TracePair, a: Header, b: Header) -> Iterator[Fact]:
    left, right = pair.a.row.summary, pair.b.row.summary
    yield text_fact("Status", *(state_word(state_of(each.row, each.now_ns)) for each in (pair.a, pair.b)))
    if left.failure or right.failure:
        yield text_fact("Failure", reason_of(left), reason_of(right), is_long=True)
    yield text_fact("Question", a.question, b.question, is_long=True)
    yield text_fact("Answer", left.output_preview, right.output_preview, is_long=True)


def _figures(pair: TracePair, a: Header, b: Header) -> Iterator[Fact]:
    yield number_fact("Duration", _duration(a), _duration(b), written_duration)
    yield _tokens(pair.a.row.summary.usage, pair.b.row.summary.usage)
    at_least = ["\N{GREATER-THAN OR EQUAL TO}" if each.cost_is_partial else "" for each in (a, b)]
    yield number_fact("Cost", a.cost_usd, b.cost_usd, words.usd, prefixes=(at_least[0], at_least[1]))
    yield number_fact("Model calls", a.llm_calls, b.llm_calls, written_count)
    yield number_fact("Tool calls", a.tool_calls, b.tool_calls, written_count)
    yield number_fact("Spans", a.span_count, b.span_count, written_count)


def _tokens(a: Usage, b: Usage) -> Fact:
    fact = number_fact("Tokens", a.total, b.total, written_count)
    return replace(fact, left=fact.left + _parts(a), right=fact.right + _parts(b), differs=a != b)


def _parts(usage: Usage) -> str:
    named = (("in", usage.input), ("of them cached", usage.cache_read), ("out", usage.output))
    parts = ", ".join(f"{value:,} {name}" for name, value in named if value is not None)
    return f" ({parts})" if parts else ""


def _duration(head: Header) -> int | None:
    return (head.duration_ns or None) if head.state == "incomplete" else head.duration_ns


def _origin(pair: TracePair, a: Header, b: Header) -> Iterator[Fact]:
    left, right = pair.a.row.summary, pair.b.row.summary
    for name, mine, other in (
        ("Agent", a.agent, b.agent),
        ("Models", ", ".join(left.models), ", ".join(right.models)),
        ("Service", ", ".join(left.services), ", ".join(right.services)),
        ("Version", _version(pair.a, a), _version(pair.b, b)),
        ("Environment", left.environment, right.environment),
        ("Session", left.session_id, right.session_id),
    ):
        if mine or other:
            yield text_fact(name, mine, other)


def _version(reading: TraceReading, head: Header) -> str | None:
    """The agent's own, else the service's."""
    seen = (row.reading.observation.agent_version for row in reading.tree.rows)
    return next((version for version in seen if version), head.version)


def _callouts(pair: TracePair) -> Iterator[Callout]:
    mine, others = pair.imprints
    kinds = (Aspect.MODEL, Aspect.SYSTEM, Aspect.TOOLS, Aspect.PARAMETERS)
    for aspect in kinds:
        rows = [(at, row) for at, row in enumerate(pair.comparison.rows, 1) if aspect in row.aspects]
        if rows:
            step, row = rows[0]
            yield Callout(_TITLES[aspect], _said(aspect, row, mine, others), step, len(rows))


_TITLES = {
    Aspect.MODEL: "Model",
    Aspect.SYSTEM: "System prompt",
    Aspect.TOOLS: "Tools offered",
    Aspect.PARAMETERS: "Parameters",
}


def _said(
    aspect: Aspect, row: ComparedRow, mine: Mapping[str, Imprint], others: Mapping[str, Imprint]
) -> str:
    if row.left is None or row.right is None:
        return ""
    a, b = mine.get(row.left.span_id, Imprint()), others.get(row.right.span_id, Imprint())
    if aspect == Aspect.MODEL:
        return f"{label(row.left)} \N{RIGHTWARDS ARROW} {label(row.right)}"
    if aspect == Aspect.TOOLS:
        return _members(dict(a.tools), dict(b.tools), with_values=False)
    if aspect == Aspect.PARAMETERS:
        return _members(dict(a.parameters), dict(b.parameters), with_values=True)
    if not a.system or not b.system:
        return "only in A" if a.system else "only in B"
    return "differs"


_MOST_MEMBERS = 5
"""Tools or parameters that are named; all of them stand in the step."""


def _members(left: dict[str, str], right: dict[str, str], *, with_values: bool) -> str:
    parts = []
    for key in dict.fromkeys((*left, *right)):
        value = f" {(left | right)[key]}" if with_values else ""
        if key not in right:
            parts.append(f"only in A: {key}{value}")
        elif key not in left:
            parts.append(f"only in B: {key}{value}")
        elif left[key] != right[key]:
            change = f" {left[key]} \N{RIGHTWARDS ARROW} {right[key]}" if with_values else " changed"
            parts.append(f"{key}{change}")
    more = [f"{len(parts) - _MOST_MEMBERS} more"] if len(parts) > _MOST_MEMBERS else []
    return ", ".join([*parts[:_MOST_MEMBERS], *more])
