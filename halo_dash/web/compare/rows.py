"""The aligned steps of two traces, ready to draw: one window of them, loops folded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from halo_dash.model.comparison import Aspect, ComparedRow, Comparison, Imprint, RowState, label
from halo_dash.model.observation import Kind
from halo_dash.model.tree import TreeRow
from halo_dash.web.compare.address import CompareAddress
from halo_dash.web.compare.reading import TracePair

WINDOW = 300
"""Rows in one answer; further ones are a link away."""

_ARROW = " \N{RIGHTWARDS ARROW} "


@dataclass(frozen=True, slots=True)
class Side:
    """One step in figures."""

    duration_ns: int | None
    tokens: int | None
    is_error: bool


@dataclass(frozen=True, slots=True)
class StepRow:
    """One aligned row."""

    number: int
    """From 1, in all rows."""
    state: RowState
    kind: Kind
    label: str
    level: int
    aspects: tuple[Aspect, ...]
    hint: tuple[str, ...]
    """What was given or said, on one line; where it changed, of A and of B."""
    a: Side | None
    b: Side | None
    href: str
    is_selected: bool
    is_first: bool
    """The two part here."""


@dataclass(frozen=True, slots=True)
class StepFold:
    """A loop with what stands for it: closed to one line."""

    title: str
    rounds: tuple[int, int]
    differences: int
    rows: tuple[StepRow, ...]
    elsewhere: int
    """How many of its steps are in other windows."""
    is_open: bool


@dataclass(frozen=True, slots=True)
class StepWindow:
    """A stretch of the rows, and the way to the others."""

    items: tuple[StepRow | StepFold, ...]
    first: int
    """Index of the first row among those that are shown."""
    size: int
    total: int
    """Rows that are shown in all."""
    all_rows: int
    differences: tuple[int, ...]
    """Numbers of the rows that differ."""
    selected: int
    """Number of the row whose details are shown; 0 where there are no rows."""

    @property
    def next(self) -> int | None:
        """Where the following window starts, or None at the end."""
        return self.first + self.size if self.first + self.size < self.total else None

    @property
    def previous(self) -> int | None:
        """Where the window before starts, or None at the beginning."""
        return max(0, self.first - WINDOW) if self.first else None

    @property
    def next_difference(self) -> int | None:
        """The row that differs after the selected one."""
        return next((number for number in self.differences if number > self.selected), None)

    @property
    def previous_difference(self) -> int | None:
        """The row that differs before the selected one."""
        return next((number for number in reversed(self.differences) if number < self.selected), None)

    @property
    def place(self) -> int:
        """Which difference the selected row is, from 1; 0 where it is none."""
        return self.differences.index(self.selected) + 1 if self.selected in self.differences else 0


def step_window(pair: TracePair, address: CompareAddress) -> StepWindow:
    """The window that holds the selected row, or the one that the address names."""
    found = pair.comparison
    selected = _selected(found, address)
    shown = [at for at, row in enumerate(found.rows) if row.state != "same" or not address.is_short]
    place = next((n for n, at in enumerate(shown) if at + 1 == selected), 0)
    first = min(address.first_row, max(0, len(shown) - 1)) or place - place % WINDOW
    window = shown[first : first + WINDOW]
    drawing = _Drawing(pair, address, selected)
    return StepWindow(
        items=tuple(_items(found, window, drawing, is_short=address.is_short)),
        first=first,
        size=len(window),
        total=len(shown),
        all_rows=len(found.rows),
        differences=tuple(at + 1 for at in found.differences),
        selected=selected,
    )


def _selected(found: Comparison, address: CompareAddress) -> int:
    if address.step:
        return min(address.step, len(found.rows))
    if found.first is not None:
        return found.first + 1
    return min(1, len(found.rows))


def _items(
    found: Comparison, window: Sequence[int], drawing: _Drawing, *, is_short: bool
) -> list[StepRow | StepFold]:
    """Loops are folded where all rows stand; among differences alone every row is wanted."""
    items: list[StepRow | StepFold] = []
    inside = -1
    for at in window:
        if at <= inside:
            continue
        fold = next(((first, last) for first, last in found.folds if first <= at <= last), None)
        if fold is None or is_short:
            items.append(drawing.row(at))
            continue
        inside = fold[1]
        items.append(drawing.fold(*fold, [row for row in window if at <= row <= fold[1]]))
    return items


class _Drawing:
    """Turns compared rows into drawn ones."""

    def __init__(self, pair: TracePair, address: CompareAddress, selected: int) -> None:
        self._rows = pair.comparison.rows
        self._first = pair.comparison.first
        self._imprints = pair.imprints
        self._address = address
        self._selected = selected

    def row(self, at: int) -> StepRow:
        row = self._rows[at]
        name = label(row.either)
        if row.left and row.right and label(row.right) != name:
            name = f"{name}{_ARROW}{label(row.right)}"
        return StepRow(
            number=at + 1,
            state=row.state,
            kind=row.either.reading.observation.kind,
            label=name or "(no name)",
            level=row.either.depth,
            aspects=row.aspects,
            hint=self._hint(row),
            a=_side(row.left),
            b=_side(row.right),
            href=self._address.at(at + 1),
            is_selected=at + 1 == self._selected,
            is_first=at == self._first,
        )

    def fold(self, first: int, last: int, shown: Sequence[int]) -> StepFold:
        inside = self._rows[first : last + 1]
        names = [label(row.either) for row in inside]
        steps = [name for name, count in Counter(names).items() if count > 1] or names[:1]
        begins = [row for row, name in zip(inside, names, strict=True) if name == steps[0]]
        rows = tuple(self.row(at) for at in shown)
        return StepFold(
            title=_ARROW.join(steps[:4]) + (" \N{HORIZONTAL ELLIPSIS}" if len(steps) > 4 else ""),
            rounds=(
                sum(row.left is not None for row in begins),
                sum(row.right is not None for row in begins),
            ),
            differences=sum(row.state != "same" for row in inside),
            rows=rows,
            elsewhere=len(inside) - len(rows),
            is_open=any(row.is_selected for row in rows),
        )

    def _hint(self, row: ComparedRow) -> tuple[str, ...]:
        a = _imprint(self._imprints[0], row.left)
        b = _imprint(self._imprints[1], row.right)
        kind = row.either.reading.observation.kind
        if row.left is None or row.right is None:
            only = a if row.right is None else b
            return _one_or_both(only.line or only.answer, "")
        if Aspect.STATUS in row.aspects:
            return _one_or_both(_outcome(row.left, a), _outcome(row.right, b))
        if Aspect.INPUT in row.aspects and kind != Kind.LLM:
            return _one_or_both(a.line, b.line)
        if Aspect.OUTPUT in row.aspects:
            return _one_or_both(a.answer, b.answer)
        return _one_or_both(a.line if kind == Kind.TOOL else a.answer, "")


def _one_or_both(a: str, b: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in (a, b) if text))


def _imprint(imprints: Mapping[str, Imprint], row: TreeRow | None) -> Imprint:
    return imprints.get(row.span_id, Imprint()) if row else Imprint()


def _outcome(row: TreeRow, said: Imprint) -> str:
    failure = row.resolved.failure or row.reading.observation.failure
    if failure:
        return failure.line
    return said.answer or ("ok" if row.reading.end_ns else "not ended")


def _side(row: TreeRow | None) -> Side | None:
    if row is None:
        return None
    seen = row.reading.observation
    return Side(row.duration_ns, seen.usage.total, seen.is_error)
