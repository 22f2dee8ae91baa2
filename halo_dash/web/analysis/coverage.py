"""Which runs were looked at, how closely, and by whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from halo_dash.model.run import Seen, SelectionSize
from halo_dash.web.raw_path import segment
from halo_dash.web.words import plural

How: TypeAlias = Literal["listed", "searched", "viewed", "read"]
_DEGREE: dict[str, int] = {how: degree for degree, how in enumerate(get_args(How))}
HOW_WORDS: dict[str, str] = {
    "read": "spans read in full",
    "viewed": "spans looked at",
    "searched": "found by a search",
    "listed": "seen in a list",
}
SHOWN = 1_200
"""Runs of the map; the others are counted beside it."""


@dataclass(frozen=True, slots=True)
class CoverageCell:
    """One run that was looked at."""

    href: str
    how: str
    label: str


@dataclass(frozen=True, slots=True)
class CoverageCount:
    """How many runs were looked at in one way at most."""

    how: str
    words: str
    traces: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a run looked at of its selection."""

    cells: tuple[CoverageCell, ...]
    """The most closely looked at first."""
    counts: tuple[CoverageCount, ...]
    seen: int
    more: int
    """Runs that were looked at and have no cell."""
    unseen: int
    spans: int
    """Spans that were looked at or read, each once."""
    agents: int
    """How many agents looked."""


def coverage_of(seen: Sequence[Seen], size: SelectionSize | None) -> Coverage:
    """Put together what all agents of a run looked at."""
    best: dict[str, str] = {}
    spans: dict[str, set[str]] = {}
    who: dict[str, set[str]] = {}
    for each in seen:
        if _DEGREE[each.how] >= _DEGREE[best.get(each.trace_id, "listed")]:
            best[each.trace_id] = each.how
        if each.how in {"viewed", "read"}:
            spans.setdefault(each.trace_id, set()).update(each.spans)
        who.setdefault(each.trace_id, set()).add(each.agent)
    closest = sorted(best, key=lambda trace_id: -_DEGREE[best[trace_id]])
    number = Counter(best.values())
    return Coverage(
        cells=tuple(
            CoverageCell(f"/traces/{segment(each)}", best[each], _label(each, best[each], spans, who))
            for each in closest[:SHOWN]
        ),
        counts=tuple(CoverageCount(how, HOW_WORDS[how], number[how]) for how in HOW_WORDS if number[how]),
        seen=len(best),
        more=max(0, len(best) - SHOWN),
        unseen=max(0, size.read_traces - len(best)) if size else 0,
        spans=sum(map(len, spans.values())),
        agents=len(set().union(*who.values())) if who else 0,
    )


def _label(trace_id: str, how: str, spans: dict[str, set[str]], who: dict[str, set[str]]) -> str:
    number = len(spans.get(trace_id, ()))
    looked = f" ({plural(number, 'span')})" if number else ""
    by = sorted(who[trace_id])
    names = ", ".join(agent_word(each) for each in by[:4]) + (
        f" and {len(by) - 4} more" if len(by) > 4 else ""
    )
    return f"{trace_id[:8]}: {HOW_WORDS[how]}{looked} by {names}"


def agent_word(path: str) -> str:
    """`0` is the root, `0.2` a subagent."""
    return "the root" if path == "0" else f"subagent {path.removeprefix('0.')}"
