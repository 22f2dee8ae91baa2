"""Every filter there is, in one table.

The query string, the flags of the command line, the SQL and the documentation are all made from `FIELDS`, so
a filter that is listed works everywhere and one that is not is refused everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from halo_dash.model.annotation import VERDICTS
from halo_dash.model.bounds import (
    Number,
    read_count,
    read_duration,
    read_usd,
    write_count,
    write_duration,
    write_usd,
)
from halo_dash.model.observation import Kind

Shape = Literal["values", "bounds", "preset", "moment", "text", "pairs"]
"""`pairs` is a family of filters: `attr.KEY=VALUE`, one for every key."""

_MINUTE_NS = 60 * 1_000_000_000
PRESETS_NS: dict[str, int | None] = {
    "15m": 15 * _MINUTE_NS,
    "1h": 60 * _MINUTE_NS,
    "6h": 6 * 60 * _MINUTE_NS,
    "12h": 12 * 60 * _MINUTE_NS,
    "1d": 1440 * _MINUTE_NS,
    "3d": 3 * 1440 * _MINUTE_NS,
    "7d": 7 * 1440 * _MINUTE_NS,
    "14d": 14 * 1440 * _MINUTE_NS,
    "30d": 30 * 1440 * _MINUTE_NS,
    "90d": 90 * 1440 * _MINUTE_NS,
    "all": None,
}
"""How far back each value of `range` reaches, in nanoseconds; None is without end."""

STATUSES = ("ok", "error", "running", "recovered")
"""`recovered` is the part of `ok` with an error inside; whether a run got over it is what findings tell."""

PINNED = ("yes", "no")

EFFECTIVE = ("ok", "error")

ENGINE = "engine"
"""The source of the traces that runs of the analysis engine leave of themselves."""

SOURCES = ("live", "watch", "import", "demo", ENGINE)


@dataclass(frozen=True, slots=True)
class Field:
    """One filter: its public name, the attribute of `Filter` that holds it, and how it is written."""

    name: str
    attribute: str
    shape: Shape
    help: str
    metavar: str = "VALUE"
    choices: tuple[str, ...] = ()
    """All allowed values; empty where any text is allowed."""
    read: Callable[[str], Number] = read_count
    write: Callable[[Number], str] = write_count
    is_counted: bool = True
    """False where its values are too many, and say too little, to be listed with counts."""

    @property
    def is_repeatable(self) -> bool:
        """Whether several values may be given (any of them matches)."""
        return self.shape in {"values", "pairs"}

    @property
    def is_facet(self) -> bool:
        """Whether the list counts the traces of each of its values."""
        return self.shape == "values" and self.is_counted


def _values(name: str, text: str, choices: tuple[str, ...] = ()) -> Field:
    return Field(name, name, "values", text, "|".join(choices) or name.upper(), choices)


def _bounds(name: str, text: str, read: Callable[[str], Number], write: Callable[[Number], str]) -> Field:
    return Field(name, name, "bounds", text, "MIN..MAX", (), read, write)


FIELDS: tuple[Field, ...] = (
    Field("q", "q", "text", "Full text over everything that was said or returned.", "QUERY"),
    Field("range", "window", "preset", "Started within this time.", "|".join(PRESETS_NS), tuple(PRESETS_NS)),
    Field(
        "from", "from_ns", "moment", "Started at this time or later (ISO 8601; UTC unless it says).", "TIME"
    ),
    Field("to", "to_ns", "moment", "Started before this time (ISO 8601; UTC unless it says).", "TIME"),
    _values(
        "status",
        "How the run is: recovered is ok with an error inside, whether or not it got over it.",
        STATUSES,
    ),
    _values("effective", "How the run is in effect, whatever it reported: what rules concluded.", EFFECTIVE),
    _values("kind", "Has a span of this kind.", tuple(kind.value for kind in Kind)),
    _values("name", "Has this name, or a span of this name."),
    _values("model", "Called this model."),
    _values("provider", "Called a model of this provider."),
    _values("service", "Has a span of this service."),
    _values("environment", "Ran in this deployment environment."),
    _values("version", "An agent of it, else its service, had this version."),
    _values("agent", "This agent took part (by name or id)."),
    _values("session", "Belongs to this session."),
    _values("user", "Ran for this user."),
    _values("tool", "Called this tool."),
    _values("source", "How it came here.", SOURCES),
    _values("rule", "This rule found something in it."),
    Field("cluster", "cluster", "values", "Belongs to this failure cluster.", "CLUSTER", is_counted=False),
    Field("trace", "trace", "values", "Is this trace (by id).", "TRACE", is_counted=False),
    _values("verdict", "Somebody found it, a span or a session of it good or bad.", VERDICTS),
    _values("tag", "Somebody gave it, a span or a session of it this tag."),
    _values("pinned", "Whether it stays whatever the limits of retention say.", PINNED),
    _bounds("tokens", "Tokens in all.", read_count, write_count),
    _bounds("cost", "Cost in US dollars.", read_usd, write_usd),
    _bounds("duration", "Duration, such as 200ms..1.5s.", read_duration, write_duration),
    _bounds("spans", "Number of spans.", read_count, write_count),
    _bounds("llm_calls", "Number of LLM calls.", read_count, write_count),
    Field("attr", "attributes", "pairs", "Some span, resource or scope has this attribute.", "KEY=VALUE"),
    Field("not", "excluded", "pairs", "Leave out what has this value of a filter.", "FILTER=VALUE"),
)

FIELD: dict[str, Field] = {field.name: field for field in FIELDS}
VALUES: tuple[Field, ...] = tuple(field for field in FIELDS if field.shape == "values")
FACETS: tuple[Field, ...] = tuple(field for field in VALUES if field.is_facet)
FAMILIES: dict[str, Field] = {f"{field.name}.": field for field in FIELDS if field.shape == "pairs"}
"""How the names of a family begin in a query string: `attr.` and `not.`."""

ATTRIBUTE = "attr."

SORT_KEYS = ("start", "duration", "cost", "tokens", "spans", "errors")
SORTS = tuple(sign + key for key in SORT_KEYS for sign in ("-", ""))
"""`-key` is from the largest down. Traces without a value come last either way."""

DEFAULT_SORT = "-start"
DEFAULT_LIMIT = 50
MAX_LIMIT = 500
