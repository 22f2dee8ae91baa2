"""The proof of a report: a machine looks up every citation and counts every check again.

Nothing a model says is believed. A citation is verified if its trace is in the selection, its span in the
trace, and its quote in that field of the span. Numbers are counted from the check; where a claim differs
both are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Protocol

from halo_dash.analysis.report.brief import brief_of
from halo_dash.analysis.report.checks import read_check
from halo_dash.analysis.report.quotes import LEAST_CHARACTERS, is_meaningful, stands_in
from halo_dash.errors import HaloError
from halo_dash.model.filter import Filter
from halo_dash.model.report import Check, Citation, CodePlace, Report, ReportFinding

Fields = Mapping[str, str]
"""Name of a field of a span -> its text."""
VerifyCode = Callable[[CodePlace], CodePlace]

_LOOKED_THROUGH = 500
"""Spans of a trace in which a quote is looked for that does not stand where it was said to."""
_LOOKED_THROUGH_IN_ALL = 5_000
"""The same over a whole report, which may have a thousand citations that were made up."""
_MOST_TEXT = 30_000_000
"""Characters of the spans of one trace, for a trace of whole documents."""
_NAMED = 120


class Traces(Protocol):
    """The traces a run may cite."""

    @property
    def base(self) -> int:
        """How many there are."""

    def contains(self, trace_id: str) -> bool:
        """Whether this one is among them."""

    def fields(self, trace_id: str, span_id: str) -> Fields | None:
        """The texts of a span; None where there is no such span in the trace."""

    def spans(self, trace_id: str) -> Iterator[tuple[str, Fields]]:
        """(span id, its texts) of a trace, in order."""

    def count(self, chosen: Filter) -> int:
        """How many of them a filter selects. Raises HaloError where that cannot be told."""


def prove(report: Report, traces: Traces, verify_code: VerifyCode | None = None) -> Report:
    """The same report with everything looked up, and with briefs where none was written."""
    proof = _Proof(traces, verify_code)
    findings = tuple(map(proof.finding, report.findings))
    return replace(
        report,
        findings=tuple(each if each.brief else replace(each, brief=brief_of(each)) for each in findings),
        citations=tuple(map(proof.citation, report.citations)),
    )


class _Proof:
    """One report over; remembers spans, which several citations tend to share."""

    def __init__(self, traces: Traces, verify_code: VerifyCode | None) -> None:
        self._traces = traces
        self._verify_code = verify_code
        self._known: dict[tuple[str, str], Fields | None] = {}
        self._left = _LOOKED_THROUGH_IN_ALL

    def finding(self, found: ReportFinding) -> ReportFinding:
        check = None if found.check is None else self._checked(found.check)
        return replace(
            found,
            evidence=tuple(map(self.citation, found.evidence)),
            check=check,
            counted_runs=None if check is None else check.hits,
            code=tuple(map(self._code, found.code)),
        )

    def citation(self, said: Citation) -> Citation:
        """Whatever it claims of itself is forgotten first."""
        bare = replace(said, is_verified=False, problem="")
        if not self._traces.contains(bare.trace_id):
            known = f"There is no trace {_short(bare.trace_id)} in this selection."
            return replace(bare, problem=f"{known} Give its whole id, as the tools name it.")
        if not bare.quote.strip():
            return replace(bare, problem="It quotes nothing.")
        fields = self._fields(bare.trace_id, bare.span_id)
        if fields is None:
            known = f"There is no span {_short(bare.span_id)} in this trace."
            return replace(bare, problem=known + self._elsewhere(bare))
        name = bare.field or _field_of(fields, bare.quote) or ""
        if stands_in(bare.quote, fields.get(name, "")):
            return replace(bare, field=name, is_verified=True)
        return replace(bare, problem=self._missing(bare, is_field=name in fields or not name))

    def _missing(self, said: Citation, *, is_field: bool) -> str:
        where = f"{said.field[:_NAMED]!r} of this span" if said.field else "this span"
        begin = (
            f"The quote does not stand in {where}."
            if is_field
            else f"This span has no field {said.field[:_NAMED]!r}."
        )
        if not is_meaningful(said.quote):
            return (
                f"{begin} So short a quote must be the whole field; quote {LEAST_CHARACTERS} letters or more."
            )
        found = self._elsewhere(said)
        if found:
            return begin + found
        is_cut = "…" in said.quote or "..." in said.quote
        return begin + (
            " It leaves something out: quote each part by itself."
            if is_cut
            else " Copy it word for word, whole words, and nothing around it."
        )

    def _elsewhere(self, said: Citation) -> str:
        """` It stands in FIELD of SPAN.` where the trace has it at another place."""
        if not is_meaningful(said.quote):
            return ""
        left = _MOST_TEXT
        for span_id, fields in self._near(said):
            name = _field_of(fields, said.quote)
            if name is not None:
                return f" It stands in {name[:_NAMED]!r} of span {span_id}."
            left -= sum(map(len, fields.values()))
            if left < 0:
                break
        return ""

    def _near(self, said: Citation) -> Iterator[tuple[str, Fields]]:
        """The span it names, then all of its trace."""
        own = self._fields(said.trace_id, said.span_id)
        if own is not None:
            yield said.span_id, own
        for each in islice(self._traces.spans(said.trace_id), min(_LOOKED_THROUGH, self._left)):
            self._left -= 1
            yield each

    def _fields(self, trace_id: str, span_id: str) -> Fields | None:
        place = trace_id, span_id
        if place not in self._known:
            if len(self._known) >= _KEPT:
                self._known.clear()
            self._known[place] = self._traces.fields(trace_id, span_id)
        return self._known[place]

    def _checked(self, said: Check) -> Check:
        bare = replace(said, hits=None, base=None, problem="")
        try:
            hits = self._traces.count(read_check(bare.query))
        except HaloError as error:
            hint = f" {error.hint}" if error.hint else ""
            return replace(bare, problem=f"The check cannot be counted: {error.message.rstrip('.')}.{hint}")
        return replace(bare, hits=hits, base=self._traces.base)

    def _code(self, said: CodePlace) -> CodePlace:
        bare = replace(said, is_verified=False, problem="")
        if self._verify_code is None:
            return replace(bare, problem="No repository was given to look it up in.")
        return self._verify_code(bare)


_KEPT = 50


def _field_of(fields: Fields, quote: str) -> str | None:
    return next((name for name, text in fields.items() if stands_in(quote, text)), None)


def _short(identifier: str) -> str:
    return repr(identifier if len(identifier) <= 40 else identifier[:39] + "…")
