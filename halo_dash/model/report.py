"""The report of a run: what was found, by what evidence, and what a machine made of each claim."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

ReportSeverity: TypeAlias = Literal["high", "medium", "low"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A place in the traces that a claim stands on."""

    trace_id: str
    span_id: str
    field: str
    """As the reading tools name it (`analysis.reading.fields`): `input`, `error`, `attribute.KEY`, …"""
    quote: str
    is_verified: bool = False
    """The ids are in the selection, and the quote stands in that field, word for word."""
    problem: str = ""
    """Why it is not verified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What tells whether it is gone: a filter whose traces show the problem."""

    query: str
    """A query string of `/traces`, without a period."""
    label: str = ""
    hits: int | None = None
    """Traces of the run's selection that match, counted by the machine; None: the query is none."""
    base: int | None = None
    """Traces of the run's selection."""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodePlace:
    """A place in the repository."""

    path: str
    line: int | None = None
    commit: str | None = None
    """That introduced it."""
    is_verified: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFinding:
    """One finding, ranked by its place in `Report.findings`."""

    finding_id: str
    """Stable within the report: `1`, `2`, …"""
    title: str
    category: str
    severity: ReportSeverity
    explanation: str
    """What happens, in a few sentences."""
    hypothesis: str
    """Of the root cause."""
    fix: str
    runs: int | None = None
    """Of `base`, those said to show it."""
    base: int | None = None
    counted_runs: int | None = None
    """The same, counted by the machine from `check`; None where there is no check that could be counted."""
    evidence: tuple[Citation, ...] = ()
    brief: str = ""
    """To paste into a coding agent."""
    check: Check | None = None
    code: tuple[CodePlace, ...] = ()

    @property
    def is_proven(self) -> bool:
        """A machine found some of its evidence where it is said to stand."""
        return any(each.is_verified for each in self.evidence)

    @property
    def is_counted_otherwise(self) -> bool:
        """The machine counts another number than was said."""
        return self.runs is not None and self.counted_runs is not None and self.runs != self.counted_runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a run found; also the answer of a follow-up, which may have no findings."""

    title: str
    summary: str
    """Markdown; for a follow-up, the whole answer."""
    findings: tuple[ReportFinding, ...] = ()
    not_judged: tuple[str, ...] = ()
    """What could not be told, and why."""
    author: Literal["model", "built_in"] = "model"
    is_partial: bool = False
    """The run was stopped; this is what had been found."""
    citations: tuple[Citation, ...] = ()
    """Of the summary, where an answer cites without findings."""

    @property
    def is_salvaged(self) -> bool:
        """Nobody handed it in: it was put together when the run had to end."""
        return self.is_partial and self.author == "built_in"
