"""Marking what was looked for in everything that a page of a trace shows."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import TypeVar

from halo_dash.search.matches import find, may_stand_in
from halo_dash.search.snippets import marked
from halo_dash.search.terms import Term
from halo_dash.web.trace.message import MessageView
from halo_dash.web.trace.value import Pair, Value

T = TypeVar("T")
_VIEWS = __name__.rpartition(".")[0]
"""Only the views of this package are walked; what they hold of the model is not shown as text."""


def mark(view: T, terms: Sequence[Term], looked_at: str = "") -> T:
    """The same view with the terms marked in all its values; `looked_at` is the text of the current hit."""
    return _marked(view, terms, looked_at) if terms else view


def has_marks(view: object) -> bool:
    """Whether anything in a view is marked, so that it must not be folded away."""
    return any(
        value.is_evidence or value.segments or any(pair.segments for pair in value.pairs)
        for value in _values(view)
    )


def swapped(view: T, old: Value, new: Value) -> T:
    """The same view with one value in the place of another; the message that holds it is open."""
    if view is old:
        return new  # type: ignore[return-value]  # T is Value here
    if isinstance(view, Value):
        return view
    if isinstance(view, tuple):
        return tuple(swapped(each, old, new) for each in view)  # type: ignore[return-value]  # a tuple again
    if not _is_view(view):
        return view
    changes = {
        field.name: now
        for field in _fields(view)
        if (now := swapped(was := getattr(view, field.name), old, new)) is not was and now != was
    }
    if not changes:
        return view
    found = dataclasses.replace(view, **changes)  # type: ignore[type-var]  # `_is_view` has seen that it is one
    return dataclasses.replace(found, is_open=True) if isinstance(found, MessageView) else found


def _marked(view: T, terms: Sequence[Term], looked_at: str) -> T:
    if isinstance(view, Value):
        return _marked_value(view, terms, looked_at)  # type: ignore[return-value]  # T is Value here
    if isinstance(view, tuple):
        return tuple(_marked(each, terms, looked_at) for each in view)  # type: ignore[return-value]  # a tuple again
    if isinstance(view, list):
        return [_marked(each, terms, looked_at) for each in view]  # type: ignore[return-value]  # a list again
    if not _is_view(view):
        return view
    changes = {field.name: _marked(getattr(view, field.name), terms, looked_at) for field in _fields(view)}
    found = dataclasses.replace(view, **changes)  # type: ignore[type-var]  # `_is_view` has seen that it is one
    if isinstance(found, MessageView) and has_marks(found):
        return dataclasses.replace(found, is_open=True)
    return found


def _marked_value(value: Value, terms: Sequence[Term], looked_at: str) -> Value:
    return dataclasses.replace(
        value,
        segments=_segments(value.text, terms),
        pairs=tuple(_marked_pair(pair, terms) for pair in value.pairs),
        is_looked_at=bool(looked_at) and looked_at in {value.text, value.raw},
    )


def _marked_pair(pair: Pair, terms: Sequence[Term]) -> Pair:
    return dataclasses.replace(pair, segments=_segments(pair.text, terms))


def _segments(text: str, terms: Sequence[Term]) -> tuple[tuple[str, bool], ...]:
    """Empty where nothing is marked."""
    near = may_stand_in(terms, text)
    places = find(near, text) if near else []
    return marked(text, places) if places else ()


def _values(view: object) -> Iterator[Value]:
    if isinstance(view, Value):
        yield view
    elif isinstance(view, tuple | list):
        for each in view:
            yield from _values(each)
    elif _is_view(view):
        for field in _fields(view):
            yield from _values(getattr(view, field.name))


def _is_view(view: object) -> bool:
    return dataclasses.is_dataclass(view) and type(view).__module__.startswith(_VIEWS)


def _fields(view: object) -> tuple[dataclasses.Field[object], ...]:
    return dataclasses.fields(view)  # type: ignore[arg-type]  # `_is_view` has seen that it is a dataclass
