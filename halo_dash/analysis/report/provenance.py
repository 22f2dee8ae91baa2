"""Where a report comes from: the run, who read, what was read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from halo_dash.model.run import Run, SelectionSize


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """The last line of a document."""

    run_id: str
    created_ns: int
    author: str
    """The model, or "the built-in analyst (no model)"."""
    selection: str
    """The filter as a query string; empty: all traces."""
    size: SelectionSize | None = None
    chosen: int = 0
    """Traces that were chosen one by one."""

    @classmethod
    def of(cls, run: Run) -> Provenance:
        """Of the run that made the report."""
        model = run.request.models.model or "the model of the settings"
        return cls(
            run_id=run.run_id,
            created_ns=run.created_ns,
            author="the built-in analyst (no model)" if run.request.analyst == "built_in" else model,
            selection=urlencode(run.request.filter.pairs()),
            size=run.size,
            chosen=len(run.request.trace_ids),
        )

    def words(self) -> str:
        """One line."""
        when = datetime.fromtimestamp(self.created_ns // 1_000_000_000, UTC).strftime("%Y-%m-%d %H:%M UTC")
        parts = [f"Run {self.run_id}, {when}, by {self.author}."]
        chosen = f"{self.chosen:,} chosen traces" if self.chosen else ""
        parts.append(f"Selection: {' of '.join(filter(None, (chosen, self.selection))) or 'all traces'}.")
        if self.size is not None:
            parts.append(_read(self.size))
        return " ".join(parts)


def _read(size: SelectionSize) -> str:
    if not size.is_sampled:
        return f"Read: all {size.traces:,} traces, {size.spans:,} spans."
    return (
        f"Read: a sample of {size.read_traces:,} of {size.traces:,} traces ({size.read_spans:,} of "
        f"{size.spans:,} spans); shares are of the sample."
    )
