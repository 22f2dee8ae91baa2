"""A filter as SQL: the only place that builds a condition. Values are always parameters."""

from __future__ import annotations

from dataclasses import dataclass, field

from halo_dash.model.bounds import Bounds
from halo_dash.model.filter import Filter
from halo_dash.model.filter_fields import FACETS, FIELD, FIELDS
from halo_dash.model.trace import QUIET_NS
from halo_dash.store.statements import sql
from halo_dash.store.trace_rows import AGENT_IDENTITY

BOUNDED_COLUMNS = {
    "tokens": "t.total_tokens",
    "cost": "t.cost_usd",
    "duration": "t.duration_ns",
    "spans": "t.span_count",
    "llm_calls": "t.llm_calls",
}

RUNNING = "(t.is_open AND t.last_arrival_ns > ? AND t.source IN ('live', 'watch'))"
"""`TraceRow.status`; the parameter is `fresh_after`."""

_STATUS = {
    "running": RUNNING,
    "error": f"(NOT {RUNNING} AND t.is_error)",
    "ok": f"(NOT {RUNNING} AND NOT t.is_error)",
    "recovered": f"(NOT {RUNNING} AND NOT t.is_error AND t.error_count > 0)",
}

_PINNED = {"yes": "t.pinned", "no": "NOT t.pinned"}
COLUMN_FIELDS = frozenset({"status", "pinned"})
"""Filters with values that are no terms."""

_HAS_TERM = "EXISTS (SELECT 1 FROM trace_terms AS m WHERE m.trace = t.id AND m.term IN ({}))"


def fresh_after(now_ns: int) -> int:
    """An open trace whose last span came after this moment is running."""
    return now_ns - QUIET_NS


@dataclass(slots=True)
class Clause:
    """A condition on `traces AS t` and its parameters."""

    parts: list[str] = field(default_factory=list)
    parameters: list[object] = field(default_factory=list)
    needs_row: bool = False
    """More than the id of a trace has to be read to decide."""

    def add(self, part: str, *parameters: object) -> None:
        """One more condition that must hold."""
        self.needs_row = True
        self.parts.append(part)
        self.parameters.extend(parameters)

    def within(self, statement: str) -> str:
        """The statement with this condition at its marker."""
        return statement.replace("/*where*/ TRUE", " AND ".join(self.parts) or "TRUE")


def where(selection: Filter, now_ns: int) -> Clause:
    """The whole filter. `now_ns` decides what is running and where `range` begins."""
    clause = where_measured(selection, now_ns)
    add_status(clause, selection.status, now_ns)
    if selection.pinned:
        clause.add(f"({' OR '.join(_PINNED[value] for value in selection.pinned)})")
    for each in FACETS:
        if each.name not in COLUMN_FIELDS and (values := getattr(selection, each.attribute)):
            clause.add(_HAS_TERM.format(_terms(each.name, values)), *term_fields(each.name), *values)
    for name, value in selection.excluded:
        if name == "status":
            clause.add(f"NOT {_STATUS[value]}", fresh_after(now_ns))
        elif name == "pinned":
            clause.add(f"NOT ({_PINNED[value]})")
        elif name in FIELD:
            clause.add(f"NOT {_HAS_TERM.format(_terms(name, (value,)))}", *term_fields(name), value)
    return clause


def where_measured(selection: Filter, now_ns: int) -> Clause:
    """The period and the bounds alone."""
    clause = Clause()
    first, last = selection.period(now_ns)
    if first is not None:
        clause.add("t.start_ns >= ?", first)
    if last is not None:
        clause.add("t.start_ns < ?", last)
    for each in FIELDS:
        if each.shape == "bounds":
            _add_bounds(clause, BOUNDED_COLUMNS[each.name], getattr(selection, each.attribute))
    return clause


def add_status(clause: Clause, statuses: tuple[str, ...], now_ns: int) -> None:
    """Any of the statuses."""
    if statuses:
        limits = [fresh_after(now_ns)] * len(statuses)
        clause.add(f"({' OR '.join(_STATUS[status] for status in statuses)})", *limits)


def term_fields(name: str) -> tuple[str, ...]:
    """The fields of `terms` that a filter looks in."""
    return (name, AGENT_IDENTITY) if name == "agent" else (name,)


def _terms(name: str, values: tuple[str, ...]) -> str:
    statement = sql("terms", "find").replace("/*fields*/ NULL", _marks(term_fields(name)))
    return statement.replace("/*values*/ NULL", _marks(values))


def _marks(values: tuple[str, ...]) -> str:
    return ", ".join("?" * len(values))


def _add_bounds(clause: Clause, column: str, bounds: Bounds) -> None:
    if bounds.minimum is not None:
        clause.add(f"{column} >= ?", bounds.minimum)
    if bounds.maximum is not None:
        clause.add(f"{column} <= ?", bounds.maximum)
