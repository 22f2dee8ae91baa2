"""A filter as SQL: the only place that builds a condition. Values are always parameters."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from halo_dash.model.bounds import Bounds
from halo_dash.model.filter import Filter
from halo_dash.model.filter_fields import FIELD, FIELDS, VALUES
from halo_dash.model.trace import QUIET_NS
from halo_dash.store.bits import Bits
from halo_dash.store.judged_sets import JUDGED_FIELDS, NOTHING_JUDGED, JudgedSets
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
COLUMN_FIELDS = frozenset({"status", "pinned", "trace"}) | JUDGED_FIELDS
"""Filters with values that are no terms."""

_IS_ONE_OF = "t.trace_id IN (SELECT value FROM json_each(?))"
_HAS_TERM = "EXISTS (SELECT 1 FROM trace_terms AS m WHERE m.trace = t.id AND m.term IN ({}))"


def fresh_after(now_ns: int) -> int:
    """An open trace whose last span came after this moment is running."""
    return now_ns - QUIET_NS


_LISTED = 500
"""So few rows are looked up one by one; with more, each row that is walked is looked up among them."""


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


def where(selection: Filter, now_ns: int, judged: JudgedSets = NOTHING_JUDGED) -> Clause:
    """The whole filter. `now_ns` decides what is running and where `range` begins."""
    clause = where_measured(selection, now_ns)
    for each in VALUES:
        if each.name in JUDGED_FIELDS and (asked := getattr(selection, each.attribute)):
            _add_any(clause, [_is_judged(judged, each.name, value, now_ns) for value in asked])
    add_status(clause, selection.status, now_ns)
    if selection.pinned:
        clause.add(f"({' OR '.join(_PINNED[value] for value in selection.pinned)})")
    if selection.trace:
        clause.add(_IS_ONE_OF, json.dumps(selection.trace))
    for each in VALUES:
        if each.name not in COLUMN_FIELDS and (values := getattr(selection, each.attribute)):
            clause.add(*_has_term(each.name, values))
    for name, value in selection.excluded:
        _leave_out(clause, name, value, now_ns, judged)
    return clause


def _leave_out(clause: Clause, name: str, value: str, now_ns: int, judged: JudgedSets) -> None:
    if name == "status":
        clause.add(f"NOT {_STATUS[value]}", fresh_after(now_ns))
    elif name == "pinned":
        clause.add(f"NOT ({_PINNED[value]})")
    elif name == "trace":
        clause.add("t.trace_id <> ?", value)
    elif name in JUDGED_FIELDS:
        part, parameters = _is_judged(judged, name, value, now_ns)
        clause.add(f"NOT {part}", *parameters)
    elif name in FIELD:
        part, *parameters = _has_term(name, (value,))
        clause.add(f"NOT {part}", *parameters)


def _is_judged(judged: JudgedSets, name: str, value: str, now_ns: int) -> tuple[str, list[object]]:
    """Whether rules found it: (condition, parameters)."""
    if name != "effective":
        part, parameters = in_rows(judged.having(name, value))
        return f"({part})", parameters
    part, parameters = in_rows(judged.failed)
    failed = f"(t.is_error OR {part})"
    return f"(NOT {RUNNING} AND {'' if value == 'error' else 'NOT '}{failed})", [
        fresh_after(now_ns),
        *parameters,
    ]


def _add_any(clause: Clause, parts: list[tuple[str, list[object]]]) -> None:
    clause.add(f"({' OR '.join(part for part, _ in parts)})", *(each for _, given in parts for each in given))


def in_rows(rows: Bits) -> tuple[str, list[object]]:
    """Whether a trace is among these rows: (condition, parameters)."""
    if rows.size <= _LISTED:
        return f"t.id IN ({', '.join(map(str, rows))})", []
    # A function of Python would be called for every row, and take most of the time.
    return "substr(?, t.id + 1, 1) = x'31'", [rows.to_flags()]


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


def _has_term(name: str, values: tuple[str, ...]) -> tuple[str, *tuple[str, ...]]:
    """The condition and its parameters."""
    found = sql("terms", "find_agents" if name == "agent" else "find").replace(
        "/*values*/ NULL", _marks(values)
    )
    return _HAS_TERM.format(found), *(() if name == "agent" else (name,)), *values


def _marks(values: tuple[str, ...]) -> str:
    return ", ".join("?" * len(values))


def _add_bounds(clause: Clause, column: str, bounds: Bounds) -> None:
    if bounds.minimum is not None:
        clause.add(f"{column} >= ?", bounds.minimum)
    if bounds.maximum is not None:
        clause.add(f"{column} <= ?", bounds.maximum)
