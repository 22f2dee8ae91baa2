"""One thing that two steps were given or said: the same, only on one side, or what differs in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from halo_dash.model.message import Message
from halo_dash.model.span import AttributeValue
from halo_dash.model.textdiff import DiffLine, Piece, diff_text, diff_words, shared_start
from halo_dash.model.valuediff import Entry, compare_json, digest, messages_text, pretty
from halo_dash.web.compare.address import CompareAddress
from halo_dash.web.trace.value import Budget, Value, show

SectionState: TypeAlias = Literal["same", "changed", "left", "right"]

HEAD = 24 * 1024
"""Characters of each side of one section that are compared on the page; the whole is a link away."""
_LONGEST_JSON = 200_000
"""Characters of JSON that is compared by key; a longer one is compared as text."""
_MOST_ENTRIES = 200
_BEFORE = 200
"""Characters shown before the first difference of values that are too long to show whole."""


@dataclass(frozen=True, slots=True)
class EntryView:
    """One key of two JSON values."""

    path: str
    state: SectionState
    left: tuple[Piece, ...] | None
    right: tuple[Piece, ...] | None


@dataclass(frozen=True, slots=True)
class Section:
    """One thing that was given or said, on both sides."""

    title: str
    state: SectionState
    lines: tuple[DiffLine, ...] = ()
    entries: tuple[EntryView, ...] = ()
    same_entries: int = 0
    more_entries: int = 0
    """Entries that differ and are not shown."""
    value: Value | None = None
    """Where both sides are the same or one is silent."""
    skipped: int = 0
    """Characters that both begin with and that are left out."""
    is_cut: bool = False
    """Not all of what follows is shown."""
    sizes: tuple[int, int] = (0, 0)
    """Characters of both sides."""
    a_url: str | None = None
    """The whole value of each side, as plain text."""
    b_url: str | None = None


class Writing:
    """Makes the sections of one pair of spans; holds the budget for values that are shown whole."""

    def __init__(self, address: CompareAddress, spans: tuple[str | None, str | None]) -> None:
        self._address = address
        self._spans = spans
        self._budget = Budget()

    def texts(
        self, title: str, left: str | None, right: str | None, pointers: tuple[str, str]
    ) -> Iterator[Section]:
        """Two texts, each with where it stands in its span; nothing where both are silent."""
        base = self._base(title, left, right, pointers)
        if left is None or right is None or left == right:
            if base is not None:
                only, pointer = (left, pointers[0]) if left is not None else (right, pointers[1])
                yield replace(base, value=show(only, pointer, self._budget))
            return
        if base is None:
            return
        longest = max(base.sizes)
        start = max(0, shared_start(left, right) - _BEFORE) if longest > HEAD else 0
        lines = diff_text(left[start : start + HEAD], right[start : start + HEAD])
        yield replace(base, state="changed", lines=lines, skipped=start, is_cut=longest > start + HEAD)

    def messages(
        self, title: str, left: Sequence[Message], right: Sequence[Message], pointer: str = "/input_messages"
    ) -> Iterator[Section]:
        """Two conversations, as text."""
        texts = messages_text(left) or None, messages_text(right) or None
        yield from self.texts(title, *texts, (pointer, pointer))

    def values(
        self, title: str, left: AttributeValue, right: AttributeValue, pointer: str
    ) -> Iterator[Section]:
        """Two values: by key where both are JSON, else as text. None is silence."""
        texts = [None if value is None else pretty(value) for value in (left, right)]
        base = self._base(title, texts[0], texts[1], (pointer, pointer))
        if base is None:
            return
        if left is None or right is None or digest(left) == digest(right):
            # Equal but for ids, or one side silent: shown as it came.
            only = left if left is not None else right
            state = base.state if base.state != "changed" else "same"
            yield replace(base, state=state, value=show(only, pointer, self._budget))
            return
        entries = compare_json(left, right) if max(base.sizes) <= _LONGEST_JSON else None
        if entries is None:
            yield from self.texts(title, texts[0], texts[1], (pointer, pointer))
        else:
            yield _by_key(base, entries)

    def _base(
        self, title: str, left: str | None, right: str | None, pointers: tuple[str, str]
    ) -> Section | None:
        if left is None and right is None:
            return None
        state: SectionState = (
            "left" if right is None else "right" if left is None else "same" if left == right else "changed"
        )
        urls = [
            self._address.trace(name).value(span_id, pointer) if span_id and text is not None else None
            for name, span_id, text, pointer in zip("ab", self._spans, (left, right), pointers, strict=True)
        ]
        return Section(title, state, sizes=(len(left or ""), len(right or "")), a_url=urls[0], b_url=urls[1])


def _by_key(section: Section, entries: Sequence[Entry]) -> Section:
    differing = [entry for entry in entries if entry.state != "same"]
    longest = max((len(text) for each in differing for text in (each.left, each.right) if text), default=0)
    return replace(
        section,
        state="changed",
        entries=tuple(_entry(entry) for entry in differing[:_MOST_ENTRIES]),
        same_entries=len(entries) - len(differing),
        more_entries=max(0, len(differing) - _MOST_ENTRIES),
        is_cut=longest > HEAD or len(differing) > _MOST_ENTRIES,
    )


def _entry(entry: Entry) -> EntryView:
    left = None if entry.left is None else entry.left[:HEAD]
    right = None if entry.right is None else entry.right[:HEAD]
    if left is not None and right is not None and {*left, *right} & {" ", "\n"}:
        return EntryView(entry.path, entry.state, *diff_words(left, right))
    sides = [None if text is None else (Piece(text, is_changed=True),) for text in (left, right)]
    return EntryView(entry.path, entry.state, sides[0], sides[1])
