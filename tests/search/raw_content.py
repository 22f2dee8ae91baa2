"""The traces that contain what was typed, found by reading every request as it was sent.

Nothing here is of halo_dash: requests are read with the protobuf library and `json`, characters with the
tables of Unicode. What "contains" means, as a person would say it:

- A text is one value or key, wherever it was sent; JSON inside of a string is taken apart. Words that were
  typed may stand in different texts of the trace, the words of a phrase must stand in one.
- A word is a run of letters, digits and marks, whatever its case and accents. In scripts without spaces, and
  of symbols, each character counts for itself, so any stretch of them is contained where it stands.
- What has gaps in it when it is typed (`user_id`, `1.5`, `a.example/x`) is contained where its words stand
  next to one another.

Where that leaves a choice (the parts of `getUserName`, backslashes that may be escapes, what is found by its
beginning) there are two readings: what must be found, and what may be.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

_ALONE = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI", "LAO", "KHMER", "MYANMAR")
_LOOKS: Final = {0x640, *range(0xFE00, 0xFE10), *range(0x1F3FB, 0x1F400), *range(0xE0000, 0xE1000)}
"""Characters that change only how a neighbour looks: the Arabic stretch, variants, skin tones, tags."""

_STROKES = str.maketrans(
    {
        "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "\u0131": "i",
        "æ": "ae", "œ": "oe", "þ": "th",
    }
)  # fmt: skip
"""Letters with a stroke and ligatures, which people type without (documented)."""

_NUMBERS = 32
"""A longer list of numbers is no text (documented)."""

_KEPT = 128
"""Of a run of more than 1,024 letters and digits only so much is searched (documented)."""

Words = tuple[str, ...]


@cache
def words_of(text: str) -> Words:
    """The words of a text, in order."""
    decomposed = unicodedata.normalize("NFKD", text)
    kept = "".join(each for each in decomposed if not _is_accent(each) and ord(each) not in _LOOKS)
    plain = unicodedata.normalize("NFC", kept.casefold()).translate(_STROKES)
    # A digit is a digit in any script.
    return tuple(_cut("".join(str(unicodedata.decimal(each, each)) for each in plain)))


def _is_accent(character: str) -> bool:
    combining = unicodedata.combining(character)
    return 10 <= combining <= 35 or combining >= 200


def _cut(text: str) -> Iterator[str]:
    run = ""
    for character in text:
        if character in "\u3099\u309a" or not (stands_alone(character) or _is_of_words(character)):
            yield from filter(None, [run])
            run = ""
        elif stands_alone(character):
            yield from filter(None, [run])
            run = ""
            yield character
        else:
            run += character
    yield from filter(None, [run])


@cache
def stands_alone(character: str) -> bool:
    """Whether a character is a word by itself."""
    if unicodedata.category(character) in {"So", "Sc"}:
        return not character.isascii()
    return unicodedata.name(character, "").startswith(_ALONE) and character.isalnum()


@cache
def _is_of_words(character: str) -> bool:
    return unicodedata.category(character)[0] in "LNM"


class Raw:
    """Everything one trace says."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self.texts = dict.fromkeys(texts)

    def must(self, typed: str) -> bool:
        """Whether it contains what was typed, in any reading."""
        return _joined(words_of(typed)) in self._plain

    def may(self, typed: str) -> bool:
        """Whether it contains it in some reading; of an id the beginning will do."""
        is_id = re.fullmatch(r"[0-9A-Fa-f-]{6,}", typed) is not None
        readings = map(_joined, _readings(typed))
        return any((each[:-1] if is_id else each) in self._anyhow for each in readings)

    def has_part(self, typed: str) -> bool:
        """Whether each typed word stands in one of its words."""
        return all(part in self._anyhow for part in words_of(typed))

    @cached_property
    def _plain(self) -> str:
        return "".join(_joined(words_of(text)) for text in self.texts if "\\" not in text)

    @cached_property
    def _anyhow(self) -> str:
        return "".join(_joined(words) for text in self.texts for words in _readings(text))


def _joined(words: Words) -> str:
    """A text as its words between zeros; no phrase crosses the two zeros between texts."""
    return "\0" + "\0".join(words) + "\0"


@cache
def _readings(text: str) -> tuple[Words, ...]:
    humps = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Za-z])(?=[0-9])|(?<=[A-Z])(?=[A-Z][a-z])", " ", text)
    resolved = re.sub(r"\\(?:[nrtbf]|u[0-9A-Fa-f]{4})", " ", text)
    return tuple({words_of(each): None for each in (text, humps, resolved)})


def read_requests(paths: Iterable[Path]) -> dict[str, Raw]:
    """Trace id -> what it says, of requests as they were recorded."""
    found: dict[str, Raw] = defaultdict(Raw)
    for path in paths:
        for trace_id, texts in read_request(path.read_bytes(), path.name):
            found[trace_id].texts |= dict.fromkeys(texts)
    return dict(found)


def read_request(body: bytes, name: str) -> Iterator[tuple[str, list[str]]]:
    """(trace id, texts) of each span and each log record of an agent."""
    if name.endswith(".json"):
        request = json.loads(body)
    else:
        kind = ExportLogsServiceRequest if ".logs." in name else ExportTraceServiceRequest
        request = MessageToDict(kind.FromString(body))
    for group in request.get("resourceSpans") or request.get("resourceLogs") or ():
        for scope in group.get("scopeSpans") or group.get("scopeLogs") or ():
            shared = [
                *_attributes(group.get("resource", {})), *_attributes(scope.get("scope", {})),
                scope.get("scope", {}).get("name", ""), scope.get("scope", {}).get("version", ""),
                group.get("schemaUrl", ""), scope.get("schemaUrl", ""),
            ]  # fmt: skip
            for span in scope.get("spans", ()):
                yield _hex(span["traceId"]), [*shared, *_span(span)]
            for record in scope.get("logRecords", ()):
                if "gen_ai." in json.dumps(record) and record.get("traceId"):
                    yield _hex(record["traceId"]), [*shared, *_record(record)]


def _span(span: dict[str, Any]) -> Iterator[str]:
    yield from (_hex(span["traceId"]), _hex(span["spanId"]), span["name"], span.get("traceState", ""))
    yield span.get("status", {}).get("message", "")
    yield from _attributes(span)
    for event in span.get("events", ()):
        yield event.get("name", "")
        yield from _attributes(event)
    for link in span.get("links", ()):
        yield from (_hex(link["traceId"]), _hex(link["spanId"]))
        yield from _attributes(link)


def _record(record: dict[str, Any]) -> Iterator[str]:
    yield from (record.get("eventName", ""), record.get("severityText", ""))
    yield from _value(record.get("body", {}))
    yield from _attributes(record)


def _attributes(owner: dict[str, Any]) -> Iterator[str]:
    for each in owner.get("attributes", ()):
        yield each["key"]
        yield from _value(each.get("value", {}))


def _value(value: dict[str, Any]) -> Iterator[str]:
    for kind, held in value.items():
        match kind:
            case "stringValue":
                yield from _string(held)
            case "boolValue":
                yield "true" if held else "false"
            case "arrayValue":
                for each in held.get("values", ()):
                    yield from _value(each)
            case "kvlistValue":
                yield from _attributes({"attributes": held.get("values", ())})
            case "bytesValue":
                with_text = base64.b64decode(held)
                yield with_text.decode("utf-8", "ignore")
            case _:
                yield str(held)


def _string(text: str) -> Iterator[str]:
    if text.lstrip()[:1] in {"{", "[", '"'}:
        try:
            yield from _json(json.loads(text, parse_int=str, parse_float=_as_sent_and_read))
        except ValueError:
            pass
        else:
            return
    yield re.sub(r"[A-Za-z0-9+/=_-]{1025,}", lambda found: found[0][:_KEPT], text)


def _is_number(value: Any) -> bool:
    return isinstance(value, tuple) or (
        isinstance(value, str) and re.fullmatch(r"-?[0-9]+", value) is not None
    )


def _as_sent_and_read(number: str) -> tuple[str, str]:
    """`4.50` is found as that and as 4.5."""
    return number, repr(float(number))


def _json(value: Any) -> Iterator[str]:
    match value:
        case (str(sent), str(read)):
            yield from (sent, read)
        case str():
            yield from _string(value)
        case bool():
            yield "true" if value else "false"
        case list():
            if not (len(value) > _NUMBERS and all(map(_is_number, value))):
                for each in value:
                    yield from _json(each)
        case dict():
            for key, each in value.items():
                yield key
                yield from _json(each)


def _hex(given: str) -> str:
    """The id as hexadecimal digits: JSON requests have them so or, from one client, in base64."""
    if re.fullmatch(r"(?:[0-9a-fA-F]{16}){1,2}", given):
        return given.lower()
    return binascii.hexlify(base64.b64decode(given)).decode()
