"""How a run ends, and what is saved of one that could not come to its end."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from halo_dash.analysis.report.document import render_markdown
from halo_dash.analysis.report.marks import escaped
from halo_dash.analysis.report.provenance import Provenance
from halo_dash.analysis.selection import Selection
from halo_dash.model.report import Report
from halo_dash.model.run import Run, RunRequest, RunState

Analyst: TypeAlias = Callable[[Selection, RunRequest], Report]
"""The built-in analyst: a report without a model, verified."""

_MOST_NOTES = 20_000
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ending:
    """The state of a run from here on, why, and what came of it."""

    state: RunState
    reason: str = ""
    report: Report | None = None


def salvaged(
    reason: str, notes: str, analyst: Analyst, selection: Selection | None, request: RunRequest
) -> Report:
    """What can be told all the same: the notes of the model, and the findings of the built-in analyst."""
    found = Report(title="Stopped early", summary="")
    if selection is not None and selection.size.read_traces:
        try:
            found = analyst(selection, replace(request, analyst="built_in"))
        except Exception:  # noqa: BLE001 - a fault of ours in what is added must not cost what there is
            _log.exception("The built-in analyst has nothing to add.")
    parts = [f"**This report is partial.** {reason}"]
    if notes.strip():
        shown = notes.strip()[-_MOST_NOTES:]
        parts.append(f"What the model had written until then, unchecked:\n\n{shown}")
    if found.findings:
        parts.append("The findings are those of the built-in analyst, which needs no model.")
    elif found.summary:
        parts.append(found.summary)
    return replace(
        found,
        title=f"Partial: {found.title}",
        summary="\n\n".join(parts),
        is_partial=True,
        author="built_in",
    )


def document(report: Report, run: Run) -> str:
    """The report as Markdown."""
    try:
        return render_markdown(report, Provenance.of(run))
    except Exception:  # noqa: BLE001 - a fault of ours: the run ends all the same, and the report is there as data
        _log.exception("The report of run %s cannot be written as a document.", run.run_id)
        return f"# {escaped(report.title)}\n\nIt could not be written as a document; it is kept as data.\n"


def as_partial(report: Report, reason: str) -> Report:
    """A report that was handed in with the last call there was."""
    summary = f"**This report is partial.** {reason}\n\n{report.summary}"
    return replace(report, summary=summary, is_partial=True)
