"""What people say about traces: notes, a verdict and tags on a trace, a span or a session.

An annotation is known by its target, its kind and its id, here as in every copy of the store: a verdict has
no id because a target has one, a tag is its own id, a note has a random one. So bringing in what is there
already changes nothing, and of two versions the one that was changed later stays.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from halo_dash.errors import InvalidInputError

Verdict: TypeAlias = Literal["good", "bad"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
NO_VERDICT = "none"
"""What takes a verdict away."""

_WISHES: dict[str, Literal["good", "bad", "none"]] = {"good": "good", "bad": "bad", "none": "none"}

AnnotationKind: TypeAlias = Literal["verdict", "tag", "note"]
ANNOTATION_KINDS: tuple[AnnotationKind, ...] = get_args(AnnotationKind)

LONGEST_NOTE = 10_000
LONGEST_TAG = 50
MOST_NOTES = 200
"""On one target."""
MOST_TAGS = 50
"""On one target."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_LONGEST_TARGET = 1_000


@dataclass(frozen=True, slots=True)
class Target:
    """What is annotated: a trace, one of its spans (both ids), or a session."""

    trace_id: str = ""
    span_id: str = ""
    session_id: str = ""

    def __post_init__(self) -> None:
        if bool(self.trace_id) == bool(self.session_id) or (self.span_id and not self.trace_id):
            raise InvalidInputError(
                "An annotation belongs to a trace, to a span of a trace, or to a session.",
                hint="Give trace_id, trace_id with span_id, or session_id.",
            )
        if max(map(len, (self.trace_id, self.span_id, self.session_id))) > _LONGEST_TARGET:
            raise InvalidInputError(f"No id of a target has more than {_LONGEST_TARGET:,} characters.")

    @property
    def noun(self) -> Literal["trace", "span", "session"]:
        """What kind of thing it is."""
        return "session" if self.session_id else "span" if self.span_id else "trace"


@dataclass(frozen=True, slots=True)
class Annotation:
    """One verdict, tag or note."""

    target: Target
    kind: AnnotationKind
    id: str
    """Empty for a verdict, the tag itself for a tag, random for a note."""
    value: str
    """`good` or `bad`; the tag; the text of the note."""
    created_ns: int
    changed_ns: int


@dataclass(frozen=True, slots=True)
class Annotations:
    """All that is said about one target."""

    target: Target
    verdict: Annotation | None = None
    tags: tuple[Annotation, ...] = ()
    """By name."""
    notes: tuple[Annotation, ...] = ()
    """The oldest first."""

    def __bool__(self) -> bool:
        """Whether anything is said."""
        return bool(self.verdict or self.tags or self.notes)


@dataclass(frozen=True, slots=True)
class AnnotationChange:
    """What to change on one target; what is None or empty stays as it is."""

    verdict: Verdict | Literal["none"] | None = None
    """`none` takes the verdict away."""
    tags: tuple[str, ...] = ()
    untag: tuple[str, ...] = ()
    note: str | None = None
    """A new note, or with `note_id` the new text of that one; a text that is empty removes it."""
    note_id: str | None = None

    def __bool__(self) -> bool:
        """Whether it asks for anything."""
        return self.verdict is not None or bool(self.tags or self.untag) or self.note is not None

    @classmethod
    def read(
        cls,
        *,
        verdict: str | None = None,
        tags: Iterable[str] = (),
        untag: Iterable[str] = (),
        note: str | None = None,
        note_id: str | None = None,
    ) -> AnnotationChange:
        """From what a person or a program gave. Raises `InvalidInputError` that names every problem."""
        problems: list[str] = []
        if verdict is not None and verdict not in _WISHES:
            problems.append(f"verdict must be good, bad or none, not {verdict[:40]!r}")
        if note_id is not None and (not _ID.fullmatch(note_id) or note is None):
            problems.append("note_id must name a note, and come with its new text (empty removes it)")
        text = None if note is None else read_note(note)
        if text is not None and len(text) > LONGEST_NOTE:
            problems.append(f"a note has at most {LONGEST_NOTE:,} characters, not {len(text):,}")
        if text == "" and note_id is None:
            problems.append("the note is empty")
        wanted = _read_tags(tags, problems)
        unwanted = tuple(dict.fromkeys(read_tag(each) for each in untag))
        if both := set(wanted) & set(unwanted):
            problems.append(f"{min(both)!r} is to be added and removed at once")
        if problems:
            raise InvalidInputError(f"This cannot be noted: {'; '.join(problems)}.")
        return cls(_WISHES.get(verdict or ""), wanted, unwanted, text, note_id)


def read_tag(text: str) -> str:
    """A tag as it is kept: one word in lower case, so that it is the same however it was typed."""
    words = unicodedata.normalize("NFC", _storable(text)).lower().replace(",", " ").split()
    return "-".join(words).lstrip("#")


def read_note(text: str) -> str:
    """The text of a note as it is kept: lines end alike, and no control characters but tabs."""
    lines = _storable(text).replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", lines).strip()


def is_valid(annotation: Annotation) -> bool:
    """Whether an annotation from elsewhere is one that could have been made here."""
    value = annotation.value
    match annotation.kind:
        case "verdict":
            fits = not annotation.id and value in VERDICTS
        case "tag":
            fits = annotation.id == value == read_tag(value) and 0 < len(value) <= LONGEST_TAG
        case "note":
            is_id = bool(_ID.fullmatch(annotation.id))
            fits = is_id and value == read_note(value) and 0 < len(value) <= LONGEST_NOTE
    return fits and 0 <= annotation.created_ns <= annotation.changed_ns < 1 << 63


def gathered(target: Target, found: Iterable[Annotation]) -> Annotations:
    """The annotations of one target, put in order."""
    held = list(found)
    return Annotations(
        target,
        next((each for each in held if each.kind == "verdict"), None),
        tuple(sorted((each for each in held if each.kind == "tag"), key=lambda each: each.value)),
        tuple(
            sorted(
                (each for each in held if each.kind == "note"), key=lambda each: (each.created_ns, each.id)
            )
        ),
    )


def _read_tags(tags: Iterable[str], problems: list[str]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(read_tag(each) for each in tags))
    if "" in found:
        problems.append("a tag is empty")
    problems += (
        f"a tag has at most {LONGEST_TAG} characters, and {each[:20]!r}… has {len(each)}"
        for each in found
        if len(each) > LONGEST_TAG
    )
    return found


def _storable(text: str) -> str:
    """Without halves of characters, which no file can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")
