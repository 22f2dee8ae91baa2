"""What a page shows of notes, verdicts and tags: those of one target with the forms to change them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from halo_dash.model.annotation import Annotation, Annotations, Target
from halo_dash.search.matches import find
from halo_dash.search.snippets import marked
from halo_dash.search.terms import Term
from halo_dash.web import words

_LISTED = 8
"""Annotated spans that a trace's head names."""


@dataclass(frozen=True, slots=True)
class NoteView:
    """One note."""

    id: str
    text: str
    segments: tuple[tuple[str, bool], ...]
    """The text, with what was looked for marked."""
    created_ns: int
    changed_ns: int


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What is said about a span of a trace, or about its session, in a few words."""

    label: str
    name: str
    href: str
    said: str
    """`bad · slow · 2 notes`."""


@dataclass(frozen=True, slots=True)
class Noted:
    """What is said about one target. `annotations/_editor.html` draws it."""

    target: Target
    back: str
    """Where its forms lead without a script: the page they stand on."""
    verdict: str
    """Empty where nobody gave one."""
    tags: tuple[tuple[str, str], ...]
    """(tag, address of the traces that have it)."""
    notes: tuple[NoteView, ...]
    elsewhere: tuple[Elsewhere, ...] = ()

    @property
    def id(self) -> str:
        """Tells the parts of one page apart."""
        return f"annotate-{self.target.noun}" + (f"-{self.target.span_id}" if self.target.span_id else "")

    @property
    def hidden(self) -> tuple[tuple[str, str], ...]:
        """What each of its forms carries along."""
        ids = (("trace_id", self.target.trace_id), ("span_id", self.target.span_id))
        named = (*ids, ("session_id", self.target.session_id), ("back", self.back))
        return tuple(pair for pair in named if pair[1])

    @property
    def count(self) -> int:
        """How many things are said."""
        return bool(self.verdict) + len(self.tags) + len(self.notes)

    def __bool__(self) -> bool:
        """Whether there is anything to show besides the forms."""
        return bool(self.count or self.elsewhere)


def noted(
    target: Target,
    held: Annotations | None,
    back: str,
    terms: Sequence[Term] = (),
    elsewhere: Sequence[Elsewhere] = (),
) -> Noted:
    """The view of one target; `terms` are marked in its notes."""
    held = held or Annotations(target)
    return Noted(
        target=target,
        back=back,
        verdict=held.verdict.value if held.verdict else "",
        tags=tuple((each.value, list_of("tag", each.value)) for each in held.tags),
        notes=tuple(_note(each, terms) for each in held.notes),
        elsewhere=tuple(elsewhere[:_LISTED]),
    )


def list_of(name: str, value: str) -> str:
    """The address of all traces with this verdict or tag."""
    return f"/traces?{urlencode([(name, value), ('range', 'all')])}"


def in_words(held: Annotations) -> str:
    """`bad · slow · 2 notes`."""
    parts = [held.verdict.value] if held.verdict else []
    parts += (each.value for each in held.tags)
    if held.notes:
        parts.append(words.plural(len(held.notes), "note"))
    return " · ".join(parts)


def _note(note: Annotation, terms: Sequence[Term]) -> NoteView:
    places = find(terms, note.value) if terms else []
    segments = marked(note.value, places) if places else ((note.value, False),)
    return NoteView(note.id, note.value, tuple(segments), note.created_ns, note.changed_ns)
