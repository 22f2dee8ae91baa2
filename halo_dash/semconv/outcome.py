"""How a run ended, where its errors start, and which of them to show (semconv, errors)."""

from __future__ import annotations

from dataclasses import dataclass

from halo_dash.model.observation import Failure, Observation
from halo_dash.semconv.agents import is_wrapper, named_agents_below
from halo_dash.semconv.kinds import AGENT, LLM, SPAN, TOOL
from halo_dash.semconv.lineage import NO_PARENT, Lineage


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict on a run; a recovered run has a failure and is no error."""

    is_error: bool = False
    failure: Failure | None = None
    span_id: str | None = None
    name: str | None = None


_NO_ERROR = Outcome()


def error_origins(family: Lineage) -> list[bool]:
    """Where errors start: a span in error with none in error below it (parents repeat their children's)."""
    size = len(family.spans)
    error_below = [False] * size
    origins = [False] * size
    for index in range(size - 1, -1, -1):
        is_error = family.spans[index].observation.failure is not None
        origins[index] = is_error and not error_below[index]
        up = family.parents[index]
        if up != NO_PARENT and (is_error or error_below[index]):
            error_below[up] = True
    return origins


def failures(family: Lineage) -> list[Failure | None]:
    """Each span's failure; an LLM span without words borrows those of the LLM span around it.

    The inner of two nested LLM spans is the SDK's own record of the same call: it knows an error code,
    the outer one the exception.
    """
    found = [span.observation.failure for span in family.spans]
    if all(failure is None or failure.message for failure in found):
        return found
    outer: list[Failure | None] = []
    for index, span in enumerate(family.spans):
        up = family.parents[index]
        around = None if up == NO_PARENT else outer[up]
        own, kind = found[index], span.observation.kind
        if kind is AGENT or kind is TOOL:
            around = None
        elif kind is LLM and own is not None:
            if own.message:
                around = own
            else:
                found[index] = around or own
        outer.append(around)
    return found


def outcome(family: Lineage) -> Outcome:
    """The verdict, and the error for the row: the last origin below what failed, else the first of all."""
    spans = family.spans
    if not [span for span in spans if span.observation.failure is not None]:
        return _NO_ERROR
    origins = [index for index, is_origin in enumerate(error_origins(family)) if is_origin]
    when = _when(family).__getitem__
    failed = _failed_heads(family)
    below = _heads(family)
    fatal = [index for index in origins if below[index] in failed]
    chosen = max(fatal, key=when) if fatal else min(origins, key=when)
    span = spans[chosen]
    name = span.observation.tool_name or span.name
    return Outcome(bool(failed), failures(family)[chosen], span.span_id, name)


def _failed_heads(family: Lineage) -> set[int]:
    """The roots that failed (without a root, the topmost spans), by index.

    The tracing of the OpenAI Agents SDK wraps a run in a workflow span that never reports an error; there
    the last agent of the workflow speaks for the run.
    """
    spans, parents = family.spans, family.parents
    tops = [index for index, up in enumerate(parents) if up == NO_PARENT]
    heads = [index for index in tops if not spans[index].parent_span_id] or tops
    failed = {index for index in heads if spans[index].observation.failure is not None}
    doubtful = [index for index in heads if index not in failed and _may_wrap(spans[index].observation)]
    if not doubtful:
        return failed
    wrappers = _wrappers(family)
    silent = {index for index in doubtful if wrappers[index]}
    if silent:
        below = _heads(family)
        last: dict[int, int] = {}
        for index in sorted(_outermost_agents(family, wrappers), key=_when(family).__getitem__):
            last[below[index]] = index
        failed |= {top for top, agent in last.items() if top in silent and spans[agent].observation.is_error}
    return failed


def _may_wrap(seen: Observation) -> bool:
    """Whether a root could be a workflow wrapper at all; nearly none can, which spares the full look."""
    if seen.kind is AGENT:
        return seen.agent_name is None or seen.agent_name_is_derived
    return seen.kind is SPAN and seen.dialect == _EXPORT_DIALECT


def _wrappers(family: Lineage) -> list[bool]:
    """Which spans are the SDK's wrapper around a run: a nameless AGENT, or the export's task span."""
    has_named_below = named_agents_below(family)
    found: list[bool] = []
    for index, span in enumerate(family.spans):
        is_agent = span.observation.kind is AGENT
        found.append(
            is_wrapper(span, has_named_below=has_named_below[index])
            if is_agent
            else _may_wrap(span.observation)
        )
    return found


_EXPORT_DIALECT = "inference"


def _outermost_agents(family: Lineage, wrappers: list[bool]) -> list[int]:
    """AGENT spans with no agent around them but wrappers."""
    inside: list[bool] = []
    agents: list[int] = []
    for index, span in enumerate(family.spans):
        up = family.parents[index]
        is_inside = up != NO_PARENT and inside[up]
        is_agent = span.observation.kind is AGENT and not wrappers[index]
        if is_agent and not is_inside:
            agents.append(index)
        inside.append(is_inside or is_agent)
    return agents


def _heads(family: Lineage) -> list[int]:
    """The topmost span above each span, by index."""
    heads: list[int] = []
    for index, up in enumerate(family.parents):
        heads.append(index if up == NO_PARENT else heads[up])
    return heads


def _when(family: Lineage) -> list[int]:
    """The rank in time of each span, by index."""
    ranks = [0] * len(family.timeline)
    for rank, index in enumerate(family.timeline):
        ranks[index] = rank
    return ranks
