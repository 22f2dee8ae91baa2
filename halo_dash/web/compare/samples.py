"""Made-up steps of two traces, one of each state, for the page that shows every part."""

from __future__ import annotations

from halo_dash.model.comparison import Aspect
from halo_dash.model.observation import Kind
from halo_dash.model.textdiff import DiffLine, diff_text
from halo_dash.web.compare.rows import Side, StepRow

_MS = 1_000_000


def sample_steps() -> tuple[StepRow, ...]:
    """The same, changed (where the two part), and a step of either side alone."""
    fine, failed = Side(980 * _MS, 229, is_error=False), Side(10_400 * _MS, None, is_error=True)
    model, changed = "gpt-4o-mini", (Aspect.STATUS, Aspect.INPUT)
    question, cities = ("Who designed the Harpa concert hall?",), ("city=Oslo", "city=Rome")
    at = "/patterns"
    return (
        StepRow(1, "same", Kind.LLM, model, 0, (), question, fine, fine, at, False, False),  # noqa: FBT003 - by position, to fit a line
        StepRow(2, "changed", Kind.TOOL, "weather", 1, changed, cities, fine, failed, at, True, True),  # noqa: FBT003 - as above
        StepRow(3, "left", Kind.TOOL, "search", 1, (), (), fine, None, at, False, False),  # noqa: FBT003 - as above
        StepRow(4, "right", Kind.RETRIEVER, "handbook", 1, (), (), None, fine, at, False, False),  # noqa: FBT003 - as above
    )


def sample_diff() -> tuple[DiffLine, ...]:
    """Every kind of line."""
    same = "\n".join(f"equal line {number}" for number in range(1, 13))
    left, right = "Be brief.\nOnly there.\n", "Be thorough, and brief.\n"
    return diff_text(f"{left}{same}", f"{right}{same}\nOnly here.")
