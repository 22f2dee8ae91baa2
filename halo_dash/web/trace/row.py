"""Rows of the tree and the timeline, ready to draw: one window of a trace that may have 10,000 of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from halo_dash.model.loops import Loop, find_loops
from halo_dash.model.observation import MODEL_KINDS, Kind, Observation
from halo_dash.model.timeline import Timeline
from halo_dash.model.tree import Mark, Tree, TreeRow

WINDOW = 500
"""Rows in one answer; further ones are fetched as they come into sight, or by a link."""

MARK_WORDS: dict[Mark, tuple[str, str]] = {
    Mark.ORPHAN: ("no parent", "The span it names as its parent has not arrived; shown as an extra root."),
    Mark.AWAITED: (
        "parent awaited",
        "The span it names as its parent has not arrived yet: senders report a span when it ends.",
    ),
    Mark.CYCLE: ("circular", "Its parents form a circle; the circle is opened here."),
    Mark.RUNNING: ("running", "It has not ended yet; drawn up to now."),
    Mark.UNENDED: ("never ended", "No end arrived for it; drawn to the last thing known of the trace."),
    Mark.INSTANT: ("instant", "It ended in the clock tick it started in."),
    Mark.NEGATIVE: ("negative time", "It ends before it starts; drawn as an instant at its start."),
    Mark.UNDATED: ("no start time", "It came without a start time; drawn where its end or its parent is."),
    Mark.EARLY: ("before parent", "It starts before its parent: the clocks of two machines may disagree."),
    Mark.LATE: ("outlives parent", "It ends after its parent: it ran on without it, or two clocks disagree."),
    Mark.AFTER: (
        "after parent",
        "It starts when its parent has ended already: it was handed over, or two clocks disagree.",
    ),
}
"""Mark -> (word in the row, sentence in its title and in the detail pane)."""

QUIET_MARKS = frozenset({Mark.INSTANT, Mark.LATE, Mark.RUNNING, Mark.AWAITED})
"""Ordinary in real traces: told in the detail pane, not in the row."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of the time axis in percent of the trace's window, as SVG lengths."""

    x: str
    width: str


@dataclass(frozen=True, slots=True)
class Fold:
    """A loop shown as one row."""

    rounds: int
    spans: int
    errors: int
    first_id: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row. For a folded loop `fold` is set, and times and tokens are of the whole loop."""

    span_id: str
    name: str
    note: str
    """What the name does not say: the model of a call."""
    kind: Kind
    level: int
    """1-based depth, as ARIA counts."""
    position: int
    siblings: int
    has_children: bool
    descendants: int
    is_error: bool
    is_origin: bool
    is_critical: bool
    errors_below: int
    marks: tuple[tuple[str, str], ...]
    tokens: int | None
    duration_ns: int | None
    self_ns: int
    offset_ns: int
    bar: Stretch
    is_open: bool
    """It has not ended: the bar fades out."""
    critical: tuple[Stretch, ...]
    fold: Fold | None = None


@dataclass(frozen=True, slots=True)
class RowWindow:
    """A stretch of the rows of a trace. Never a silent cut: it says which rows of how many."""

    rows: tuple[Row, ...]
    first: int
    total: int
    loops: int
    """How many loops the trace has, folded or not."""
    path: tuple[tuple[str, str], ...]
    """(span_id, name) of the ancestors of the first row, where the window starts inside a subtree."""

    @property
    def next(self) -> int | None:
        """Where the following window starts, or None at the end."""
        after = self.first + len(self.rows)
        return after if after < self.total else None

    @property
    def previous(self) -> int | None:
        """Where the window before starts, or None at the beginning."""
        return max(0, self.first - WINDOW) if self.first else None


def window(
    tree: Tree,
    timeline: Timeline,
    *,
    first: int = 0,
    size: int = WINDOW,
    selected: str | None = None,
    is_folded: bool = False,
    opened: Sequence[str] = (),
) -> RowWindow:
    """`size` rows from `first` on; where `selected` is given and lies elsewhere, the window that holds it.

    With `is_folded` a loop is one row, unless its first span is in `opened` or `selected` is inside it.
    """
    loops = find_loops(tree)
    shown = _shown(tree, loops if is_folded else [], selected, opened)
    at = None if selected is None else tree.index.get(selected)
    if at is not None and not first:
        place = next((n for n, (row, _) in enumerate(shown) if row == at), 0)
        first = place - place % WINDOW
    first = min(first, max(0, len(shown) - 1))
    draw = _Drawing(tree, timeline)
    rows = tuple(
        draw.loop(loop) if loop else draw.span(tree.rows[row]) for row, loop in shown[first : first + size]
    )
    above = tree.ancestors(shown[first][0]) if first else ()
    path = tuple((tree.rows[up].span_id, tree.rows[up].reading.name) for up in above)
    return RowWindow(rows, first, len(shown), len(loops), path)


def _shown(
    tree: Tree, loops: Sequence[Loop], selected: str | None, opened: Sequence[str]
) -> list[tuple[int, Loop | None]]:
    """Row indexes in display order; a folded loop stands for all its rows."""
    chosen = None if selected is None else tree.index.get(selected)
    starts: dict[int, Loop] = {}
    for loop in loops:
        is_chosen = chosen is not None and loop.first <= chosen <= loop.last
        if not is_chosen and tree.rows[loop.first].span_id not in opened:
            starts.setdefault(loop.first, loop)
    shown: list[tuple[int, Loop | None]] = []
    at = 0
    while at < len(tree.rows):
        folded = starts.get(at)
        shown.append((at, folded))
        at = folded.last + 1 if folded else at + 1
    return shown


def _note(name: str, seen: Observation) -> str:
    """What kind of work it was in the sender's own words, where the span's name does not say it."""
    if seen.kind == Kind.TOOL:
        said = seen.tool_name
    elif seen.kind == Kind.AGENT:
        said = seen.agent_name
    else:
        said = seen.model if seen.kind in MODEL_KINDS and (seen.request_model or "-") not in name else None
    return said if said and said not in name else ""


class _Drawing:
    """Turns tree rows into drawn ones; holds the scale."""

    def __init__(self, tree: Tree, timeline: Timeline) -> None:
        self._tree = tree
        self._timeline = timeline
        self._span_ns = max(1, tree.end_ns - tree.start_ns)

    def stretch(self, start_ns: int, end_ns: int) -> Stretch:
        x = (start_ns - self._tree.start_ns) * 100 / self._span_ns
        # A bar without any width is not drawn at all, not even its outline.
        width = max((end_ns - start_ns) * 100 / self._span_ns, 0.001)
        return Stretch(f"{x:.3f}%", f"{width:.3f}%")

    def span(self, row: TreeRow) -> Row:
        reading, observation = row.reading, row.reading.observation
        critical = self._timeline.critical.get(row.span_id, ())
        return Row(
            span_id=row.span_id,
            name=reading.name or "(no name)",
            note=_note(reading.name, observation),
            kind=observation.kind,
            level=row.depth + 1,
            position=row.position,
            siblings=row.siblings,
            has_children=row.children > 0,
            descendants=row.descendants,
            is_error=observation.is_error,
            is_origin=row.resolved.is_error_origin,
            is_critical=bool(critical),
            errors_below=row.errors_below,
            marks=tuple(MARK_WORDS[mark] for mark in MARK_WORDS if mark in row.marks - QUIET_MARKS),
            tokens=observation.usage.total,
            duration_ns=row.duration_ns,
            self_ns=self._timeline.self_ns[row.span_id],
            offset_ns=row.start_ns - self._tree.start_ns,
            bar=self.stretch(row.start_ns, row.end_ns),
            is_open=not reading.end_ns,
            critical=tuple(self.stretch(*piece) for piece in reversed(critical)),
        )

    def loop(self, loop: Loop) -> Row:
        """The whole loop as one row at the place of its first member."""
        rows = self._tree.rows[loop.first : loop.last + 1]
        first = self._tree.rows[loop.first]
        tokens = [row.reading.observation.usage.total for row in rows if row.resolved.is_counted]
        start_ns = min(row.start_ns for row in rows)
        end_ns = max(row.end_ns for row in rows)
        errors = sum(row.reading.observation.is_error for row in rows)
        return Row(
            span_id=first.span_id,
            name=" \N{RIGHTWARDS ARROW} ".join(name for _, name in loop.steps),
            note="",
            kind=loop.steps[-1][0],
            level=first.depth + 1,
            position=first.position,
            siblings=first.siblings,
            has_children=False,
            descendants=0,
            is_error=errors > 0,
            is_origin=False,
            is_critical=any(row.span_id in self._timeline.critical for row in rows),
            errors_below=errors,
            marks=(),
            tokens=sum(token for token in tokens if token) if any(tokens) else None,
            duration_ns=end_ns - start_ns,
            self_ns=sum(self._timeline.self_ns[row.span_id] for row in rows),
            offset_ns=start_ns - self._tree.start_ns,
            bar=self.stretch(start_ns, end_ns),
            is_open=False,
            critical=(),
            fold=Fold(
                rounds=loop.rounds,
                spans=len(rows),
                errors=errors,
                first_id=first.span_id,
            ),
        )
