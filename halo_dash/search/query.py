"""What a person typed, understood: a tree of terms, filters, and notes where it was not plain.

Words must all occur somewhere in the trace. `OR` joins its two neighbours, `-` excludes, quotes make a
phrase, parentheses group, `in:user` says where to look, `has:` and `attr.` ask for facts; every other
`field:value` is a filter on the whole search. Whatever is typed has a meaning.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from halo_dash.model.filter import NO_FILTER, Filter
from halo_dash.model.search_field import SCOPES, SEARCH_FIELDS, SearchField
from halo_dash.search import marks
from halo_dash.search.lexemes import Lexeme, lexemes
from halo_dash.search.terms import And, Mark, Node, Not, Or, Term, is_too_short, read_term, wanted, within
from halo_dash.search.typed_filters import (
    MEASURES,
    NAMES,
    Note,
    TypedFilters,
    can_be_read,
    is_filter,
    known_name,
    nearest,
)
from halo_dash.semconv.search_fields import CONTENT_KEYS, PLACES

LONGEST = 2_000
"""Characters that are read of a query."""

MOST_TERMS = 40
"""Words and phrases that are read; each is a look into the index."""

_DEEPEST = 8

FACTS = (
    "error", "exception", "event", "log", "link", "binary",
    "agent", "llm", "tool", "chain", "retriever", "embedding", "reranker", "guardrail", "evaluator", "span",
    "user", "assistant", "system", "tool_call", "tool_result", "document",
    "note", "verdict", "tag",
)  # fmt: skip
"""What `has:` may ask for."""

SCOPE_ALIASES = {"said": "user", "args": "tool_call", "result": "tool_result"}
SCOPE_ALIASES |= dict.fromkeys(("trace", "span", "trace_id", "span_id"), "id")
_TEXT_FIELDS = tuple(each for each in (*SCOPES, *SCOPE_ALIASES) if each not in NAMES)
"""`error:timeout` is `timeout` looked for there; where a filter has the name, `in:user` does it."""

FIELD_NAMES: tuple[str, ...] = (*NAMES, "in", "has", "attr", *_TEXT_FIELDS)
"""Everything that may stand before a colon."""


@dataclass(frozen=True, slots=True)
class Query:
    """A query as it was understood."""

    typed: str = ""
    node: Node | None = None
    """What the texts and facts of a trace must be; None where nothing is asked of them."""
    filter: Filter = NO_FILTER
    """What was typed as filters, to be taken together with those that were chosen."""
    notes: tuple[Note, ...] = ()

    @property
    def terms(self) -> tuple[Term, ...]:
        """The words and phrases to highlight."""
        return tuple(dict.fromkeys(wanted(self.node)))

    @property
    def corrected(self) -> str | None:
        """The query as it was probably meant; None where it was clear."""
        text = self.typed
        for note in sorted(self.notes, key=lambda each: -each.start):
            if note.replacement is not None:
                text = text[: note.start] + note.replacement + text[note.end :]
        return text if text != self.typed else None


@dataclass(slots=True)
class _Group:
    """What stands inside one pair of parentheses."""

    is_negated: bool = False
    nodes: list[Node] = field(default_factory=list)
    fields: list[SearchField] = field(default_factory=list)
    unwanted: list[SearchField] = field(default_factory=list)
    is_or: bool = False
    """The next node is an alternative to the one before."""
    is_after_filter: bool = False
    """What came last is no node, so nothing can be an alternative to it."""

    def add(self, node: Node) -> None:
        if self.is_or and self.nodes:
            before = self.nodes[-1]
            self.nodes[-1] = Or((*(before.children if isinstance(before, Or) else (before,)), node))
        else:
            self.nodes.append(node)
        self.is_or = self.is_after_filter = False

    def node(self) -> Node | None:
        fields = tuple(each for each in self.fields or SEARCH_FIELDS if each not in self.unwanted)
        found = _joined(_alike_values(self.nodes))
        if found is None:
            return None
        if 0 < len(fields) < len(SEARCH_FIELDS):
            found = within(found, fields)
        return Not(found) if self.is_negated else found


def read_query(typed: str) -> Query:
    """Understand a query. Never raises."""
    return _Reader(typed).read()


class _Reader:
    def __init__(self, typed: str) -> None:
        self._typed = typed
        self._notes: list[Note] = []
        self._filters = TypedFilters(self._notes)
        self._groups = [_Group()]
        self._terms = 0

    def read(self) -> Query:
        text = self._typed[:LONGEST]
        if len(self._typed) > LONGEST:
            self._note(f"Only the first {LONGEST} characters were read.", LONGEST, len(self._typed))
        for lexeme in self._limited(lexemes(text)):
            self._take(lexeme)
        while len(self._groups) > 1:
            self._close()
        top = self._groups[0]
        node, found = top.node(), self._filters.filter()
        is_understood = node is not None or top.is_after_filter or top.fields or top.unwanted
        if not is_understood and not self._notes and text.strip():
            self._note("There is nothing to look for in this; it was left out.", 0, len(text))
        return Query(self._typed, node, found, tuple(self._notes))

    def _limited(self, found: Iterator[Lexeme]) -> Iterator[Lexeme]:
        """Groups within groups within groups are read as one; more terms than fit are left out."""
        skipped = 0
        for lexeme in found:
            if lexeme.kind == "open" and len(self._groups) > _DEEPEST:
                skipped += 1
            elif lexeme.kind == "close" and skipped:
                skipped -= 1
            elif lexeme.kind in {"word", "phrase", "field"} and self._terms == MOST_TERMS:
                self._note(f"Only the first {MOST_TERMS} words were read.", lexeme.start, len(self._typed))
                return
            else:
                self._terms += lexeme.kind in {"word", "phrase", "field"}
                yield lexeme

    def _take(self, lexeme: Lexeme) -> None:
        group = self._groups[-1]
        match lexeme.kind:
            case "open":
                self._groups.append(_Group(lexeme.is_negated))
            case "close":
                if len(self._groups) > 1:
                    self._close()
            case "or":
                group.is_or = bool(group.nodes) and not group.is_after_filter
                if group.is_after_filter:
                    message = "OR joins words; the filter before it holds for the whole search."
                    self._note(message, lexeme.start, lexeme.end)
            case "field":
                self._take_field(lexeme, group)
            case _:
                self._take_text(lexeme, group)

    def _close(self) -> None:
        closed = self._groups.pop()
        node = closed.node()
        if node is not None:
            self._groups[-1].add(node)
        elif closed.is_after_filter:
            self._groups[-1].is_or, self._groups[-1].is_after_filter = False, True

    def _take_text(self, lexeme: Lexeme, group: _Group, fields: tuple[SearchField, ...] = ()) -> None:
        term = read_term(lexeme.text, is_prefix=lexeme.is_prefix, fields=fields)
        if term is None:
            if lexeme.text.strip():
                self._note(f"{lexeme.text!r} has no letter or digit to look for.", lexeme.start, lexeme.end)
            return
        if lexeme.is_prefix and is_too_short(lexeme.text):
            message = f"{lexeme.text}* is too short for a beginning of words: three letters are needed."
            self._note(message, lexeme.start, lexeme.end)
        group.add(Not(term) if lexeme.is_negated else term)

    def _take_field(self, lexeme: Lexeme, group: _Group) -> None:
        name = lexeme.name.lower()
        if name.startswith("attr.") and lexeme.sign in {":", "=", ":="}:
            self._take_attribute(lexeme, group)
        elif any(each.is_negated for each in self._groups) and is_filter(lexeme):
            group.is_after_filter, group.is_or = True, False
            typed = self._typed[lexeme.start : lexeme.end]
            instead = typed[typed.index(lexeme.name) :] if lexeme.is_negated else f"-{typed}"
            message = (
                f"{lexeme.name}: cannot stand in an excluded group and was left out. Write {instead} outside."
            )
            self._note(message, lexeme.start, lexeme.end)
        elif self._filters.add(lexeme):
            group.is_after_filter = True
            if group.is_or or len(self._groups) > 1:
                self._note(f"{lexeme.name}: holds for the whole search.", lexeme.start, lexeme.end)
            group.is_or = False
        elif lexeme.sign != ":":
            if name.startswith("attr."):
                message = (
                    "attr. asks whether a value is equal, not for more or less; it was looked for as text."
                )
                self._note(message, lexeme.start, lexeme.end)
            self._take_unknown(lexeme, group)
        elif name == "has":
            self._take_fact(lexeme, group)
        elif name == "in":
            self._take_scope(lexeme, group)
        elif name in _TEXT_FIELDS and lexeme.text:
            self._take_text(lexeme, group, SCOPES[SCOPE_ALIASES.get(name, name)])
        else:
            self._take_unknown(lexeme, group)

    def _take_attribute(self, lexeme: Lexeme, group: _Group) -> None:
        key = lexeme.name[len("attr.") :]
        typed = f"attr.{key}:{lexeme.text}{'*' if lexeme.is_prefix else ''}"
        if PLACES[key].is_content and (lexeme.text or key not in CONTENT_KEYS):
            self._take_content(key, lexeme, group)
            return
        start = marks.pair_start(key)
        word = marks.pair(key, lexeme.text) if lexeme.text else start
        if word is None:
            message = f"attr. asks for values of up to {marks.LONGEST_VALUE} characters; it was left out."
            self._note(message, lexeme.start, lexeme.end)
            return
        mark = Mark(typed, word, is_prefix=lexeme.is_prefix or not lexeme.text)
        group.add(Not(mark) if lexeme.is_negated else mark)

    def _take_content(self, key: str, lexeme: Lexeme, group: _Group) -> None:
        """Text is no value to be equal to: its words are looked for where it is filed."""
        name = PLACES[key].field
        if not lexeme.text:
            message = "attr. does not ask for the texts of single messages; it was left out."
            self._note(message, lexeme.start, lexeme.end)
            return
        quote = '"' if any(each.isspace() for each in lexeme.text) else ""
        star, sign = "*" if lexeme.is_prefix else "", "-" if lexeme.is_negated else ""
        meant = f"{sign}{name}:{quote}{lexeme.text}{quote}{star}"
        message = f"{lexeme.name} is text, of which words are looked for: it was read as {meant}."
        self._note(message, lexeme.start, lexeme.end, meant)
        self._take_text(lexeme, group, SCOPES[name])

    def _take_fact(self, lexeme: Lexeme, group: _Group) -> None:
        name = lexeme.text.lower().replace("-", "_")
        meant = name if name in FACTS else name.removesuffix("s") if name.removesuffix("s") in FACTS else None
        if meant is None and (meant := nearest(name, FACTS)) is not None:
            sign = "-" if lexeme.is_negated else ""
            message = f"has:{lexeme.text} was read as has:{meant}."
            self._note(message, lexeme.start, lexeme.end, f"{sign}has:{meant}")
        if meant is None:
            self._note(f"has: knows {', '.join(FACTS)}; it was left out.", lexeme.start, lexeme.end)
            return
        mark = Mark(f"has:{meant}", marks.fact(meant))
        group.add(Not(mark) if lexeme.is_negated else mark)

    def _take_scope(self, lexeme: Lexeme, group: _Group) -> None:
        name = lexeme.text.lower().replace("-", "_")
        name = SCOPE_ALIASES.get(name, name)
        meant = name if name in SCOPES else nearest(name, tuple(SCOPES))
        if meant is None:
            self._note(f"in: knows {', '.join(SCOPES)}; it was left out.", lexeme.start, lexeme.end)
            return
        if meant != name:
            sign = "-" if lexeme.is_negated else ""
            message = f"in:{lexeme.text} was read as in:{meant}."
            self._note(message, lexeme.start, lexeme.end, f"{sign}in:{meant}")
        (group.unwanted if lexeme.is_negated else group.fields).extend(SCOPES[meant])

    def _take_unknown(self, lexeme: Lexeme, group: _Group) -> None:
        """A name nobody knows before a colon is text: a URL, a time of day, `Error: …`, code."""
        sign = "-" if lexeme.is_negated else ""
        meant = nearest(known_name(lexeme.name), FIELD_NAMES) if lexeme.sign.startswith(":") else None
        if meant is None and lexeme.sign != ":" and "." not in lexeme.name:
            meant = nearest(known_name(lexeme.name), MEASURES)
        if meant is not None and meant != lexeme.name.lower() and lexeme.text and "//" not in lexeme.text:
            message = f"There is no field {lexeme.name!r}, so it was looked for as text."
            likely = replace(lexeme, name=meant)
            replacement = f"{sign}{meant}{lexeme.sign}{lexeme.text}" if can_be_read(likely) else None
            self._note(f"{message} Did you mean {meant}?", lexeme.start, lexeme.end, replacement)
        self._take_text(replace(lexeme, text=f"{lexeme.name}{lexeme.sign}{lexeme.text}"), group)

    def _note(self, message: str, start: int, end: int, replacement: str | None = None) -> None:
        self._notes.append(Note(message, start, end, replacement))


def _alike_values(nodes: list[Node]) -> list[Node]:
    """Several values of one attribute mean any of them, as with every other field."""
    by_key: dict[str, list[Node]] = {}
    rest: list[Node] = []
    for node in nodes:
        key = node.text.partition(":")[0] if isinstance(node, Mark) and node.text.startswith("attr.") else ""
        (by_key.setdefault(key, []) if key else rest).append(node)
    return [*rest, *(Or(tuple(each)) if len(each) > 1 else each[0] for each in by_key.values())]


def _joined(nodes: list[Node]) -> Node | None:
    if len(nodes) > 1:
        return And(tuple(nodes))
    return nodes[0] if nodes else None
