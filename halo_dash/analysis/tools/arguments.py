"""Arguments of the reading tools. Their descriptions are what a model is told: short, for each call pays."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from halo_dash.model.filter_fields import FIELDS

FILTER_TEXT = (
    'A query string such as "status=error&tool=web_search", or an object such as {"status": "error", '
    '"tool": ["web_search", "fetch"], "duration": "2s..", "not": {"agent": "planner"}, "attr": {"tier": '
    '"gold"}, "q": "refund"}. Several values of a name mean any of them, different names all of them. Names: '
    + ", ".join(
        f"{each.name} ({'|'.join(each.choices) if each.choices and each.shape == 'values' else each.metavar})"
        if (each.choices and each.shape == "values") or each.shape == "bounds"
        else each.name
        for each in FIELDS
    )
    + "."
)
"""Told once, with query_traces; the other tools refer to it."""


def _list(value: object) -> object:
    """Models give one name where a list is wanted."""
    return [value] if isinstance(value, str) else value


Names: TypeAlias = Annotated[list[str], BeforeValidator(_list)]
Asked: TypeAlias = str | dict[str, Any] | None


def _asked(text: str = "As in query_traces; none means all that is read.") -> Any:
    return Field(default=None, description=text)


def _limit(default: int) -> Any:
    return Field(default=default, ge=1, le=100)


def _trace() -> Any:
    return Field(description="Whole id of a trace.", min_length=1, max_length=200)


class Arguments(BaseModel):
    """Of a tool; wrong names are refused, so that nothing a model meant is silently left out."""

    model_config = ConfigDict(extra="forbid")


class OverviewArguments(Arguments):
    """Of `get_dataset_overview`."""


class QueryArguments(Arguments):
    """Of `query_traces`."""

    filter: Asked = _asked(FILTER_TEXT)
    sort: str = Field(
        default="-start", description="start, duration, cost, tokens, spans or errors; - from the largest."
    )
    limit: int = _limit(20)
    cursor: str | None = Field(default=None, description="next_cursor of the page before.")


class CountArguments(Arguments):
    """Of `count_traces`."""

    filter: Asked = _asked()
    by: str | None = Field(default=None, description="Also count each value of a field: tool, model, rule, …")


class TraceArguments(Arguments):
    """Of `view_trace`."""

    trace_id: str = _trace()
    after: str | None = Field(
        default=None,
        description='For a trace that does not fit: "first", then next_after of the portion before.',
    )


class SpansArguments(Arguments):
    """Of `view_spans`."""

    trace_id: str = _trace()
    span_ids: Names = Field(default_factory=list, description="Which; none: all that the others leave.")
    kind: str | None = Field(default=None, description="AGENT, LLM, TOOL, …")
    name: str | None = Field(default=None, description="Name of the span, its tool or its model.")
    only_errors: bool = False
    fields: Names = Field(default_factory=list, description="Only these fields, by the names of views.")
    offset: int = Field(default=0, ge=0, description="Character of a field to read on from.")


class SearchTraceArguments(Arguments):
    """Of `search_trace`."""

    trace_id: str = _trace()
    text: str = Field(description="Words as they stand, in any case; or a pattern.", min_length=1)
    regex: bool = Field(default=False, description="The text is a regular expression, matched line by line.")
    limit: int = _limit(30)
    after: str | None = Field(default=None, description="next_after of the answer before.")


class SearchSpanArguments(Arguments):
    """Of `search_span`."""

    trace_id: str = _trace()
    span_id: str = Field(description="Whole id of a span of it.", min_length=1)
    text: str = Field(description="Words as they stand, in any case; or a pattern.", min_length=1)
    regex: bool = Field(default=False, description="The text is a regular expression, matched line by line.")
    limit: int = _limit(30)


class SearchArguments(Arguments):
    """Of `search_traces`."""

    text: str = Field(description='Words, "a phrase", a OR b, -without, field:word.', min_length=1)
    filter: Asked = _asked()
    limit: int = _limit(20)
    cursor: str | None = Field(default=None, description="next_cursor of the page before.")


class FindingsArguments(Arguments):
    """Of `list_findings`."""

    filter: Asked = _asked()
    rule: str | None = None
    cluster: str | None = None
    limit: int = _limit(20)
    cursor: str | None = Field(default=None, description="next_cursor of the page before.")


class ClustersArguments(Arguments):
    """Of `list_clusters`."""

    filter: Asked = _asked()
    name: str | None = Field(
        default=None, description="One cluster: its values, examples and what sets it apart."
    )
    in_groups: bool = Field(default=False, description="Those of one rule and cause together.")
    limit: int = _limit(30)


class CohortArguments(Arguments):
    """Of `compare_cohorts`."""

    a: str | dict[str, Any] = Field(description="Filter of the traces to explain, as in query_traces.")
    b: Asked = _asked("Filter of those to compare with; none: all others.")


class SqlArguments(Arguments):
    """Of `query_sql`."""

    select: str = Field(description="One SELECT.", min_length=1, max_length=20_000)
