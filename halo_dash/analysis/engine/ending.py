"""How a run ends, and what is saved of one that could not come to its end."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from halo_dash.analysis.selection import Selection
from halo_dash.errors import HaloError
from halo_dash.model.report import Report
from halo_dash.model.run import RunRequest, RunState

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
        except HaloError as error:
            _log.warning("The built-in analyst has nothing to add: %s", error)
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


def as_partial(report: Report, reason: str) -> Report:
    """A report that was handed in with the last call there was."""
    summary = f"**This report is partial.** {reason}\n\n{report.summary}"
    return replace(report, summary=summary, is_partial=True)
