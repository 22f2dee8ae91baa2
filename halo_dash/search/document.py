"""One trace as a full-text document: every text in it once, filed under where it was said.

One document per trace makes "all words, somewhere in the trace" a plain AND, and a history that is sent
again with every call costs nothing: a text counts once per trace and field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from halo_dash.model.observation import Observation
from halo_dash.model.search_field import SEARCH_FIELDS, SearchField
from halo_dash.model.span import Attributes, AttributeValue, LogRecord, Span
from halo_dash.search.marks import EVERY_TRACE, fact, number_text, pair, value_text
from halo_dash.search.text import SEPARATOR, prepare
from halo_dash.semconv.messages.events import log_event_name
from halo_dash.semconv.search_fields import EVENTS, MEMBERS, PARTS, ROLES, place_of, side_field
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
    "event": tuple(each for each in SEARCH_FIELDS if each not in {"event", "attribute"}),
    "attribute": tuple(each for each in SEARCH_FIELDS if each != "attribute"),
}
"""A text of a general field is left out where a particular one has it; `in:input` looks into both."""

_SAID: tuple[SearchField, ...] = ("user", "assistant", "system", "tool_call", "tool_result", "document")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_Waiting = tuple[AttributeValue, SearchField, str]


class TraceTexts:
    """Collects the texts of a trace span by span (or of a single span, to see which of them answers)."""

    def __init__(self) -> None:
        self._texts: dict[SearchField, dict[str, None]] = {each: {} for each in SEARCH_FIELDS}
        self._decoded: set[tuple[str, str]] = set()
        self._pairs: set[tuple[str, object, type]] = set()
        self._facts: set[str] = set()
        self._sources: set[int] = set()
        self._kept: list[object] = []
        self._given: dict[SearchField, int] = {}

    def add(self, span: Span, observation: Observation, logs: Sequence[LogRecord] = ()) -> None:
        """File everything a span says. Never raises on any attribute value."""
        texts = self._texts
        texts["name"][span.name] = None
        texts["id"][span.trace_id] = None
        texts["id"][span.span_id] = None
        if span.status_message:
            texts["error"][span.status_message] = None
        if span.trace_state:
            texts["attribute"][span.trace_state] = None
        self._facts.add(observation.kind.lower())
        if observation.failure is not None:
            self._facts.add("error")
        self._add_attributes(span.attributes, observation)
        for event in span.events:
            self._facts.add("exception" if event.name == "exception" else "event")
            self._add_event(event.name, event.attributes, observation)
        for link in span.links:
            self._facts.add("link")
            texts["id"] |= {link.trace_id: None, link.span_id: None}
            self._add_attributes(link.attributes, observation)
        for record in logs:
            self._facts.add("log")
            self._add_log(record, observation)
        self._add_source(span, observation)

    def texts(self) -> Iterator[tuple[SearchField, str]]:
        """(field, text) of each text, once per field, as the index has them."""
        for field in SEARCH_FIELDS:
            doubles: set[str] = set().union(*(self._texts[each] for each in _DOUBLES.get(field, ())), ("",))
            for text in self._texts[field]:
                if text not in doubles:
                    yield field, text

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
        values = ((key, value_text(value)) for key, value, _ in self._pairs)
        pairs = (pair(key, value) for key, value in values if value is not None)
        return {EVERY_TRACE, *map(fact, self._facts | said), *(each for each in pairs if each)}

    def columns(self) -> tuple[str, ...]:
        """The values of `COLUMNS` for the index."""
        found: dict[str, list[str]] = {each: [] for each in SEARCH_FIELDS}
        for field, text in self.texts():
            found[field].append(prepare(text))
        parted = f" {SEPARATOR} "
        return (*(parted.join(each) for each in found.values()), " ".join(sorted(self.marks())))

    def _add_source(self, span: Span, observation: Observation) -> None:
        """Resource and scope, which many spans share."""
        for source in (span.resource, span.scope):
            if id(source) not in self._sources:
                self._sources.add(id(source))
                self._kept.append(source)  # alive, so that its id means no other
                self._add_attributes(source.attributes, observation)
                self._texts["attribute"][source.schema_url] = None
        self._texts["name"] |= {span.scope.name: None}
        self._texts["attribute"] |= {span.scope.version: None}

    def _add_attributes(
        self, attributes: Attributes, observation: Observation, base: SearchField = "attribute"
    ) -> None:
        texts = self._texts
        keys = texts["attribute"]
        for key, value in attributes.items():
            place = place_of(key)
            keys[key] = None
            field = place.field
            if place.role_key:
                role = attributes.get(place.role_key)
                field = ROLES.get(role, field) if type(role) is str else field
            elif place.side:
                field = side_field(observation.kind, place.side, field)
            elif field == "attribute":
                field = base
            if type(value) is str:
                if value[:1] in '{["' or value[:1].isspace():
                    self._decode(value, field)
                else:
                    texts[field][value] = None
            elif type(value) is int or type(value) is float:
                texts[field][number_text(value)] = None
            else:
                self._walk(value, field)
            if not place.is_content:
                self._add_pairs(key, value)

    def _add_pairs(self, key: str, value: AttributeValue) -> None:
        """What can be asked for: the value, the values of a list, one level of an object or of JSON text."""
        found: Mapping[str, AttributeValue] = {}
        if isinstance(value, str | int | float):
            pair_of = (key, value, type(value))
            if pair_of in self._pairs:
                return
            self._pairs.add(pair_of)
            if isinstance(value, str) and value[:1] == "{" and len(value) <= _LONGEST_OBJECT:
                found = mapping(value)
        elif isinstance(value, dict):
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

    def _add_event(self, name: str, attributes: Attributes, observation: Observation) -> None:
        self._texts["event"][name] = None
        self._add_attributes(attributes, observation, EVENTS.get(name, "event"))

    def _add_log(self, record: LogRecord, observation: Observation) -> None:
        name = log_event_name(record)
        self._texts["event"] |= {name: None, record.severity_text: None}
        self._walk(record.body, EVENTS.get(name, "event"))
        self._add_attributes(record.attributes, observation, EVENTS.get(name, "event"))
        for source in (record.resource, record.scope):
            self._add_attributes(source.attributes, observation)

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
        texts = self._texts
        waiting: list[_Waiting] = [(value, field, source)]
        while waiting:
            value, field, source = waiting.pop()
            if isinstance(value, str):
                inner = parsed(value) if value[:1] in {"{", "[", '"'} else None
                if isinstance(inner, dict | list):
                    waiting.append((inner, field, value))
                else:
                    texts[field][inner if isinstance(inner, str) else value] = None
            elif isinstance(value, dict):
                self._walk_object(value, field, source, waiting)
            elif isinstance(value, list):
                if not _is_vector(value):
                    waiting += [(each, field, source) for each in reversed(value)]
            elif isinstance(value, bytes):
                self._add_bytes(value, field)
            elif isinstance(value, bool):
                texts[field]["true" if value else "false"] = None
            elif value is not None:
                self._add_number(value, field, source)

    def _walk_object(
        self, value: dict[str, AttributeValue], field: SearchField, source: str, waiting: list[_Waiting]
    ) -> None:
        role, kind = value.get("role"), value.get("type")
        if type(role) is str:
            field = ROLES.get(role, field)
        if type(kind) is str:
            field = PARTS.get(kind, field)
        keys = self._texts["attribute"]
        for key, each in value.items():
            keys[key] = None
            waiting.append((each, MEMBERS.get(key, field), source))

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
