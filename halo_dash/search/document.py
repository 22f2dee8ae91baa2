"""One trace as a full-text document: every text in it once, filed under where it was said.

One document per trace makes "all words, somewhere in the trace" a plain AND, and a history that is sent
again with every call costs nothing: a text counts once per trace and field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from halo_dash.model.annotation import Annotation
from halo_dash.model.observation import Kind, Observation
from halo_dash.model.search_field import SEARCH_FIELDS, SearchField
from halo_dash.model.span import Attributes, AttributeValue, LogRecord, Resource, Scope, Span
from halo_dash.search.marks import EVERY_TRACE, fact, number_text, pair, presence, value_text
from halo_dash.search.text import prepare_all
from halo_dash.semconv.messages.events import log_event_name
from halo_dash.semconv.search_fields import CONTENT_KEYS, EVENTS, MEMBERS, PARTS, PLACES, ROLES, side_field
from halo_dash.semconv.values import mapping, parsed

MARK = "mark"
COLUMNS: tuple[str, ...] = (*SEARCH_FIELDS, MARK)
"""The columns of the FTS5 table, in the order of `TraceTexts.columns`."""

VECTOR = 32
"""A longer list of nothing but numbers is a vector, not text."""

_LISTED_VALUES = 16
"""Values of a list attribute (tags) that can be asked for with `attr.`."""

_LONGEST_OBJECT = 4096
"""Characters of JSON text whose members can be asked for with `attr.` (metadata)."""

_DOUBLES: dict[SearchField, tuple[SearchField, ...]] = {
    "input": ("user", "system", "tool_call"),
    "output": ("assistant", "tool_result", "document"),
    "event": tuple(each for each in SEARCH_FIELDS if each not in {"event", "attribute", "note"}),
    "attribute": tuple(each for each in SEARCH_FIELDS if each not in {"attribute", "note"}),
}
"""A text of a general field is left out where a particular one has it; `in:input` looks into both. What a
person noted about a run is never in place of what the run said."""

_SAID: tuple[SearchField, ...] = ("user", "assistant", "system", "tool_call", "tool_result", "document")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_SINGLE = frozenset({str, int, float, bool})
_OPENS_JSON = frozenset('{["')
_MAY_BE_JSON = _OPENS_JSON | frozenset(" \t\r\n")
"""JSON text may begin with blanks; a single number or word of it is filed as it is."""

_Waiting = tuple[AttributeValue, SearchField, str]
_FACTS = {kind: kind.lower() for kind in Kind}


class Said(NamedTuple):
    """What a span says, and what decides where it is filed."""

    name: str
    trace_id: str
    span_id: str
    status_message: str
    trace_state: str
    attributes: Attributes
    events: Sequence[tuple[str, Attributes]]
    """(name, attributes) of each."""
    links: Sequence[tuple[str, str, Attributes]]
    """(trace_id, span_id, attributes) of each."""
    resource: Resource
    scope: Scope
    kind: Kind
    is_failed: bool


class TraceTexts:
    """Collects the texts of a trace span by span (or of a single span, to see which of them answers)."""

    def __init__(self) -> None:
        self._texts: dict[SearchField, dict[str, None]] = {each: {} for each in SEARCH_FIELDS}
        self._decoded: set[tuple[str, str]] = set()
        self._pairs: set[tuple[str, AttributeValue, type]] = set()
        self._present: set[str] = set()
        self._facts: set[str] = set()
        self._sources: set[int] = set()
        self._kept: list[object] = []
        self._given: dict[SearchField, int] = {}

    def add(self, span: Span, observation: Observation, logs: Sequence[LogRecord] = ()) -> None:
        """File everything a span says. Never raises on any attribute value."""
        said = Said(
            span.name,
            span.trace_id,
            span.span_id,
            span.status_message,
            span.trace_state,
            span.attributes,
            [(event.name, event.attributes) for event in span.events],
            [(link.trace_id, link.span_id, link.attributes) for link in span.links],
            span.resource,
            span.scope,
            observation.kind,
            observation.failure is not None,
        )
        self.add_said(said, logs)

    def add_said(self, said: Said, logs: Sequence[LogRecord] = ()) -> None:
        """The same, of a span that was not built as a whole."""
        texts, kind = self._texts, said.kind
        texts["name"][said.name] = None
        ids = texts["id"]
        ids[said.trace_id] = None
        ids[said.span_id] = None
        if said.status_message:
            texts["error"][said.status_message] = None
        if said.trace_state:
            texts["attribute"][said.trace_state] = None
        self._facts.add(_FACTS[kind])
        if said.is_failed:
            self._facts.add("error")
        self._add_attributes(said.attributes, kind)
        for name, attributes in said.events:
            self._facts.add("exception" if name == "exception" else "event")
            texts["event"][name] = None
            self._add_attributes(attributes, kind, EVENTS.get(name, "event"))
        for trace_id, span_id, attributes in said.links:
            self._facts.add("link")
            ids |= {trace_id: None, span_id: None}
            self._add_attributes(attributes, kind)
        for record in logs:
            self._facts.add("log")
            self._add_log(record, kind)
        for source in (said.resource, said.scope):
            if id(source) not in self._sources:
                self._add_source(source, kind)

    def add_annotation(self, annotation: Annotation) -> None:
        """File what a person said about the trace, a span or a session of it."""
        self._facts.add(annotation.kind)
        if annotation.kind != "verdict":
            self._texts["note"][annotation.value] = None

    def texts(self) -> Iterator[tuple[SearchField, str]]:
        """(field, text) of each text, once per field, as the index has them."""
        return ((field, text) for field in SEARCH_FIELDS for text in self._once(field))

    def added(self) -> list[tuple[SearchField, str]]:
        """(field, text) of each text that came since this was last asked.

        Asked after each span it gives what that span was the first to say, without the cost and the repeated
        hits of reading every span as if it stood alone.
        """
        found: list[tuple[SearchField, str]] = []
        for field in SEARCH_FIELDS:
            texts = self._texts[field]
            new = list(islice(reversed(texts), len(texts) - self._given.get(field, 0)))
            self._given[field] = len(texts)
            doubles = [self._texts[each] for each in _DOUBLES.get(field, ())]
            for text in reversed(new):
                for each in doubles:
                    if text in each:
                        break
                else:
                    if text:
                        found.append((field, text))
        return found

    def marks(self) -> set[str]:
        """The facts of the trace, as words of the index."""
        said = {each for each in _SAID if self._texts[each]}
        marks = {EVERY_TRACE, *map(fact, self._facts | said)}
        for key, value, _kind in self._pairs:
            text = value if type(value) is str else value_text(value)
            mark = (pair(key, text) if text is not None else None) or presence(key)
            if mark is not None:
                marks.add(mark)
        marks.update(mark for key in self._present if (mark := presence(key)) is not None)
        return marks

    def columns(self) -> tuple[str, ...]:
        """The values of `COLUMNS` for the index."""
        return (*(prepare_all(self._once(field)) for field in SEARCH_FIELDS), " ".join(sorted(self.marks())))

    def _once(self, field: SearchField) -> list[str]:
        """The texts of a field that no particular field has."""
        texts = self._texts[field]
        if not texts:
            return []
        others = [self._texts[each] for each in _DOUBLES.get(field, ()) if self._texts[each]]
        doubles: set[str] = set().union(("",), *others)
        return [text for text in texts if text not in doubles]

    def _add_source(self, source: Resource | Scope, kind: Kind) -> None:
        """Resource and scope, which many spans share."""
        self._sources.add(id(source))
        self._kept.append(source)  # alive, so that its id means no other
        self._add_attributes(source.attributes, kind)
        self._texts["attribute"][source.schema_url] = None
        if isinstance(source, Scope):
            self._texts["name"][source.name] = None
            self._texts["attribute"][source.version] = None

    def _add_attributes(self, attributes: Attributes, kind: Kind, base: SearchField = "attribute") -> None:
        texts, pairs = self._texts, self._pairs
        keys = texts["attribute"]
        for key, value in attributes.items():
            field, role_key, side, is_content = PLACES[key]
            if not is_content:
                pair_of = (key, value, type(value)) if type(value) in _SINGLE else None
                if pair_of not in pairs:
                    self._add_pairs(key, value)
                elif base == "attribute":
                    # Filed before. Where that was under an event, it is left out of `attribute` anyway.
                    continue
            elif key in CONTENT_KEYS:
                self._present.add(key)
            keys[key] = None
            if role_key:
                role = attributes.get(role_key)
                field = ROLES.get(role, field) if type(role) is str else field
            elif side:
                field = side_field(kind, side, field)
            elif field == "attribute":
                field = base
            if type(value) is str and value[:1] not in _MAY_BE_JSON:
                texts[field][value] = None
            elif type(value) is str:
                self._decode(value, field)
            elif type(value) is int or type(value) is float:
                texts[field][number_text(value)] = None
            else:
                self._walk(value, field)

    def _add_pairs(self, key: str, value: AttributeValue) -> None:
        """What can be asked for: the value, the values of a list, one level of an object or of JSON text."""
        found: Mapping[str, AttributeValue] = {}
        if isinstance(value, str | int | float):
            self._pairs.add((key, value, type(value)))
            if isinstance(value, str) and value[:1] == "{" and len(value) <= _LONGEST_OBJECT:
                found = mapping(value)
        else:
            self._present.add(key)
        if isinstance(value, dict):
            found = value
        elif isinstance(value, list):
            self._pairs |= {
                (key, each, type(each))
                for each in value[:_LISTED_VALUES]
                if isinstance(each, str | int | float)
            }
        for member, each in found.items():
            if isinstance(each, str | int | float):
                self._pairs.add((f"{key}.{member}", each, type(each)))

    def _add_log(self, record: LogRecord, kind: Kind) -> None:
        name = log_event_name(record)
        self._texts["event"] |= {name: None, record.severity_text: None}
        self._walk(record.body, EVENTS.get(name, "event"))
        self._add_attributes(record.attributes, kind, EVENTS.get(name, "event"))
        for source in (record.resource, record.scope):
            self._add_attributes(source.attributes, kind)

    def _decode(self, text: str, field: SearchField) -> None:
        """File what a JSON string holds; a text that is not JSON is filed as it is."""
        mark = (field, text)
        if mark not in self._decoded:
            self._decoded.add(mark)
            value = parsed(text)
            if isinstance(value, dict | list):
                self._walk(value, field, text)
            else:
                self._texts[field][value if isinstance(value, str) else text] = None

    def _walk(self, value: AttributeValue, field: SearchField, source: str = "") -> None:
        """File every key and value. Not recursive: senders nest deeper than the interpreter's stack."""
        waiting: list[_Waiting] = [(value, field, source)]
        while waiting:
            value, field, source = waiting.pop()
            begin = len(waiting)
            if type(value) is dict:
                self._walk_object(value, field, source, waiting)
            elif type(value) is list:
                self._walk_list(value, field, source, waiting)
            else:
                self._add_value(value, field, source, waiting)
            if len(waiting) > begin + 1:
                waiting[begin:] = waiting[: begin - 1 if begin else None : -1]

    def _walk_object(
        self, value: dict[str, AttributeValue], field: SearchField, source: str, waiting: list[_Waiting]
    ) -> None:
        role, part = value.get("role"), value.get("type")
        if type(role) is str:
            field = ROLES.get(role, field)
        if type(part) is str:
            field = PARTS.get(part, field)
        texts = self._texts
        keys = texts["attribute"]
        for key, each in value.items():
            keys[key] = None
            under = MEMBERS.get(key, field)
            if type(each) is str and each[:1] not in _OPENS_JSON:
                texts[under][each] = None
            elif type(each) is dict or type(each) is list:
                waiting.append((each, under, source))
            else:
                self._add_value(each, under, source, waiting)

    def _walk_list(
        self, value: list[AttributeValue], field: SearchField, source: str, waiting: list[_Waiting]
    ) -> None:
        if not _is_vector(value):
            for each in value:
                if type(each) is dict or type(each) is list:
                    waiting.append((each, field, source))
                else:
                    self._add_value(each, field, source, waiting)

    def _add_value(
        self, value: AttributeValue, field: SearchField, source: str, waiting: list[_Waiting]
    ) -> None:
        """File one value that is no object and no list, unless it is one as JSON text."""
        texts = self._texts[field]
        if isinstance(value, str):
            inner = parsed(value) if value[:1] in _OPENS_JSON else None
            if isinstance(inner, dict | list):
                waiting.append((inner, field, value))
            else:
                texts[inner if isinstance(inner, str) else value] = None
        elif isinstance(value, bytes):
            self._add_bytes(value, field)
        elif isinstance(value, bool):
            texts["true" if value else "false"] = None
        elif isinstance(value, int | float):
            self._add_number(value, field, source)

    def _add_number(self, value: float, field: SearchField, source: str) -> None:
        text = number_text(value)
        place = source.find(text)
        if type(value) is float and source and (place < 0 or source[place + len(text)] in "0123456789eE"):
            # Reading JSON lost how it was written (1.50, 1e3, more digits than a float has).
            self._texts[field] |= dict.fromkeys(_NUMBER.findall(source))
        self._texts[field][text] = None

    def _add_bytes(self, value: bytes, field: SearchField) -> None:
        """Bytes are searched where they are text."""
        try:
            self._texts[field][value.decode()] = None
        except UnicodeDecodeError:
            self._facts.add("binary")


def _is_vector(value: list[AttributeValue]) -> bool:
    return len(value) > VECTOR and all(type(each) is float or type(each) is int for each in value)
