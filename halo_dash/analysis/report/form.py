"""The form of a report as a model writes it, and what of its habits is let pass.

Form is forgiven (numbers as texts, one thing where a list is asked for, names that differ a little), meaning
is not: a severity that is none, more runs than there are, or a finding without a title is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

MOST_FINDINGS, MOST_EVIDENCE, MOST_CODE, MOST_NOT_JUDGED = 50, 20, 20, 50
_OF = re.compile(r"([\d,_ ]+?)\s*(?:of|/|out of)\s*([\d,_ ]+?)\s*(?:runs|traces)?", re.IGNORECASE)
_SEVERITIES = {"critical": "high", "severe": "high", "major": "high", "moderate": "medium", "med": "medium"}
_SEVERITIES |= {"minor": "low", "info": "low", "informational": "low"}
_PLACE = re.compile(r"(.+?):(\d+)(?:-\d+)?")


def _text(value: object) -> object:
    """Lists of lines are one text. What no UTF-8 can hold, and what ends texts in C, is replaced."""
    if isinstance(value, list | tuple) and all(isinstance(each, str) for each in value):
        value = "\n".join(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str):
        return (
            value.encode("utf-8", "replace")
            .decode("utf-8")
            .replace("\0", "\N{REPLACEMENT CHARACTER}")
            .strip()
        )
    return "" if value is None else value


def _whole(value: object) -> object:
    """`"1,234"` and `12.0` are whole numbers; a truth value is none."""
    if isinstance(value, bool):
        raise ValueError("must be a whole number, not a truth value")  # noqa: TRY004 - pydantic reads ValueError
    if isinstance(value, str):
        bare = re.sub(r"[\s,_]|(?:runs|traces)$", "", value.strip())
        if not bare:
            return None
        if not re.fullmatch(r"\d{1,12}(?:\.0+)?", bare):
            raise ValueError(f"must be a whole number, not {value[:40]!r}")
        return int(bare.partition(".")[0])
    return value


def _several(value: object) -> object:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _severity(value: object) -> object:
    if not isinstance(value, str):
        return value
    word = value.strip().lower()
    return _SEVERITIES.get(word, word)


def _either(*names: str) -> AliasChoices:
    return AliasChoices(*names)


Count = Annotated[Annotated[int, Field(ge=0, le=10**12)] | None, BeforeValidator(_whole)]
Short = Annotated[str, Field(max_length=200), BeforeValidator(_text)]
Line = Annotated[str, Field(max_length=500), BeforeValidator(_text)]
Path = Annotated[str, Field(min_length=1, max_length=1_000), BeforeValidator(_text)]
Quote = Annotated[str, Field(max_length=4_000), BeforeValidator(_text)]
Note = Annotated[str, Field(max_length=1_000), BeforeValidator(_text)]
Prose = Annotated[str, Field(max_length=10_000), BeforeValidator(_text)]
Long = Annotated[str, Field(max_length=40_000), BeforeValidator(_text)]
Title = Annotated[str, Field(min_length=1, max_length=300), BeforeValidator(_text)]
Summary = Annotated[str, Field(min_length=1, max_length=20_000), BeforeValidator(_text)]
Answer = Annotated[str, Field(min_length=1, max_length=40_000), BeforeValidator(_text)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", populate_by_name=True, hide_input_in_errors=True)


class CitationForm(_Part):
    """A place in the traces."""

    trace_id: Short = Field(validation_alias=_either("trace_id", "trace", "traceId", "run_id"))
    span_id: Short = Field("", validation_alias=_either("span_id", "span", "spanId"))
    field: Line = ""
    quote: Quote = Field("", validation_alias=_either("quote", "text", "excerpt"))


class CodeForm(_Part):
    """A place in the repository; `path:line` is one too."""

    path: Path = Field(validation_alias=_either("path", "file"))
    line: Count = None
    commit: Short = ""

    @model_validator(mode="before")
    @classmethod
    def _written_as_one(cls, value: Any) -> Any:
        if isinstance(value, str):
            found = _PLACE.fullmatch(value.strip())
            return {"path": found[1], "line": found[2]} if found else {"path": value}
        return value


class CheckForm(_Part):
    """What tells whether it is gone. `filter` is a query string or an object of filters."""

    filter: str | dict[str, Any] = Field("", validation_alias=_either("filter", "query", "url", "filters"))
    rule: Short = ""
    cluster: Short = ""
    label: Short = Field("", validation_alias=_either("label", "title", "name"))

    @model_validator(mode="before")
    @classmethod
    def _bare_filter(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"filter": value}
        if isinstance(value, Mapping) and not _CHECK_KEYS & set(value):
            return {"filter": value}  # the filters themselves
        return value


_CHECK_KEYS = {"filter", "query", "url", "filters", "rule", "cluster"}


class FindingForm(_Part):
    """One finding."""

    title: Title
    category: Short = Field("", validation_alias=_either("category", "type", "kind"))
    severity: Annotated[Literal["high", "medium", "low"], BeforeValidator(_severity)] = "medium"
    explanation: Prose = Field("", validation_alias=_either("explanation", "description", "details"))
    runs: Count = Field(None, validation_alias=_either("runs", "hits", "count"))
    base: Count = Field(None, validation_alias=_either("base", "of", "total"))
    evidence: Annotated[list[CitationForm], Field(max_length=MOST_EVIDENCE), BeforeValidator(_several)] = (
        Field(default_factory=list, validation_alias=_either("evidence", "citations"))
    )
    hypothesis: Prose = Field("", validation_alias=_either("hypothesis", "root_cause", "cause"))
    fix: Prose = Field("", validation_alias=_either("fix", "recommendation", "recommended_fix"))
    brief: Long = ""
    check: CheckForm | None = None
    code: Annotated[list[CodeForm], Field(max_length=MOST_CODE), BeforeValidator(_several)] = Field(
        default_factory=list
    )

    @model_validator(mode="before")
    @classmethod
    def _share(cls, value: Any) -> Any:
        """`"runs": "21 of 140"`, or `"runs": {"runs": 21, "base": 140}`, says both numbers at once."""
        if not isinstance(value, Mapping):
            return value
        given = next((value[key] for key in ("runs", "share", "hits") if key in value), None)
        if isinstance(given, Mapping):
            return {**value, **{key: given[key] for key in ("runs", "hits", "base", "of") if key in given}}
        if isinstance(given, str) and (found := _OF.fullmatch(given.strip())):
            return {**value, "runs": found[1], "base": found[2]}
        return value

    @model_validator(mode="after")
    def _no_more_than_there_are(self) -> FindingForm:
        if self.runs is not None and self.base is not None and self.runs > self.base:
            raise ValueError(f"runs ({self.runs}) is more than base ({self.base})")
        return self


Citations = Annotated[list[CitationForm], Field(max_length=100), BeforeValidator(_several)]
Notes = Annotated[list[Note], Field(max_length=MOST_NOT_JUDGED), BeforeValidator(_several)]


class ReportForm(_Part):
    """The whole report."""

    title: Title
    summary: Summary
    findings: Annotated[list[FindingForm], Field(max_length=MOST_FINDINGS), BeforeValidator(_several)]
    not_judged: Notes = Field(default_factory=list)
    citations: Citations = Field(default_factory=list)


class AnswerForm(_Part):
    """An answer in words, with the places it stands on."""

    answer: Answer = Field(validation_alias=_either("answer", "summary", "text", "content"))
    citations: Citations = Field(default_factory=list, validation_alias=_either("citations", "evidence"))
    findings: Annotated[list[FindingForm], Field(max_length=MOST_FINDINGS), BeforeValidator(_several)] = (
        Field(default_factory=list)
    )
    not_judged: Notes = Field(default_factory=list)


def problems_in_words(errors: Sequence[Mapping[str, Any]]) -> str:
    """What pydantic refuses, by place: `findings[2].title is missing`."""
    said = [f"{_place(each['loc'])} {_complaint(each)}" for each in errors[:_TOLD]]
    more = len(errors) - len(said)
    return "; ".join(said) + (f"; and {more} more" if more > 0 else "")


_TOLD = 12


def _place(steps: Sequence[str | int]) -> str:
    out = ""
    for step in steps:
        if isinstance(step, int):
            out += f"[{step}]"
        elif step not in {"str", "dict[str,any]"}:
            out += f".{step}" if out else step
    return out or "the report"


def _complaint(error: Mapping[str, Any]) -> str:
    context = error.get("ctx", {})
    most = context.get("max_length", 0)
    words = {
        "missing": "is missing",
        "string_too_short": "is empty",
        "string_too_long": f"is longer than {most:,} characters",
        "too_long": f"has more than {most:,} items",
        "literal_error": f"must be one of {context.get('expected')}",
        "value_error": str(error["msg"]).removeprefix("Value error, "),
        "model_type": "must be an object",
        "model_attributes_type": "must be an object",
    }
    return words.get(error["type"]) or str(error["msg"][:1].lower() + error["msg"][1:])
