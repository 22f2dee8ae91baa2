"""One content part, whatever its provider calls it, as a part of ours."""

from __future__ import annotations

import base64
from collections.abc import Iterable

from halo_dash.model.message import Media, Other, Part, Reasoning, Text, ToolCall, ToolResult
from halo_dash.model.span import AttributeValue
from halo_dash.semconv.attributes import mapping, string, type_of
from halo_dash.semconv.embedded_json import canonical
from halo_dash.semconv.messages.tool_parts import (
    CALL_TYPES,
    RESULT_TYPES,
    tool_call,
    tool_result,
)

TEXT_TYPES = frozenset({"text", "input_text", "output_text", "refusal", "summary_text"})
REASONING_TYPES = frozenset(
    {"reasoning", "thinking", "redacted_thinking", "redacted-reasoning", "reasoning_text"}
)
MEDIA_TYPES = frozenset({
    "blob", "uri", "file", "image", "image-url", "image_url", "input_image", "input_audio", "input_file",
    "audio", "audio-url", "video", "video-url", "document", "document-url", "binary", "media",
})  # fmt: skip
_PART_TYPES = TEXT_TYPES | REASONING_TYPES | MEDIA_TYPES | CALL_TYPES | RESULT_TYPES
_KEYED_CALLS = ("functionCall", "function_call", "toolUse")
_KEYED_RESULTS = ("functionResponse", "function_response", "toolResult")
_INLINE_DATA = ("inlineData", "inline_data", "fileData", "file_data")
_PART_KEYS = frozenset({"text", "reasoningContent", *_KEYED_CALLS, *_KEYED_RESULTS, *_INLINE_DATA})
"""What a Gemini or Bedrock part has as its only key."""


def read_parts(content: AttributeValue) -> list[Part]:
    """The parts of a message's content: a string, one part, or a list of parts. Empty text is no part."""
    if isinstance(content, list):
        return [part for raw in content for part in read_part(raw)]
    return read_part(content)


def read_part(raw: AttributeValue) -> list[Part]:
    """One part as ours; a list because one Anthropic or Bedrock block may hold several. Unknown: `Other`."""
    if raw is None or raw == "":
        return []
    if isinstance(raw, str):
        return [Text(raw)]
    if not isinstance(raw, dict):
        return [Other(raw)]
    kind = raw.get("type")
    if isinstance(kind, str):
        typed = _typed(kind, raw)
        if typed is not None:
            return typed
    return _keyed(raw)


def is_part(raw: AttributeValue) -> bool:
    """Whether this is recognisably a content part (and not just some JSON a user wrote)."""
    if not isinstance(raw, dict):
        return False
    return type_of(raw) in _PART_TYPES or (len(raw) == 1 and next(iter(raw)) in _PART_KEYS)


def _typed(kind: str, raw: dict[str, AttributeValue]) -> list[Part] | None:
    if kind in TEXT_TYPES:
        return _text(raw)
    if kind in REASONING_TYPES:
        return reasoning(raw)
    if kind in CALL_TYPES:
        call = tool_call(raw)
        return None if call is None else [call]
    if kind in RESULT_TYPES:
        return [tool_result(raw)]
    if kind in MEDIA_TYPES:
        return [media(raw)]
    return None


def _keyed(raw: dict[str, AttributeValue]) -> list[Part]:
    """Gemini and Bedrock tell parts apart by their only key, not by a type."""
    for key in _KEYED_CALLS:
        if call := mapping(raw.get(key)):
            return [tool_call(call) or Other(raw)]
    for key in _KEYED_RESULTS:
        if answer := mapping(raw.get(key)):
            return [tool_result(answer)]
    if thought := mapping(raw.get("reasoningContent")):
        return reasoning(mapping(thought.get("reasoningText")) or thought)
    if isinstance(raw.get("text"), str) and not isinstance(raw.get("type"), str):
        return reasoning(raw) if raw.get("thought") is True else _text(raw)
    is_media = any(
        mapping(raw.get(key)) for key in (*_INLINE_DATA, "image", "image_url", "document", "video")
    )
    return [media(raw) if is_media else Other(raw)] if raw else []


def _text(raw: dict[str, AttributeValue]) -> list[Part]:
    for key in ("text", "content", "refusal"):
        value = raw.get(key)
        if isinstance(value, dict):  # the Assistants API nests {"text": {"value": …}}
            value = value.get("value")
        if isinstance(value, str):
            return [Text(value)] if value else []
    return [Other(raw)] if any(raw.get(key) is not None for key in ("text", "content")) else []


def reasoning(raw: dict[str, AttributeValue]) -> list[Part]:
    """Reasoning in any spelling; an encrypted or empty one is left out, it says nothing."""
    for key in ("text", "content", "thinking", "reasoning"):
        value = raw.get(key)
        if isinstance(value, str) and value:
            return [Reasoning(value)]
    summary = raw.get("summary") or raw.get("content")
    if isinstance(summary, list):
        texts = [text for part in summary if (text := string(mapping(part).get("text")))]
        return [Reasoning(text) for text in texts]
    return []


def media(raw: dict[str, AttributeValue]) -> Part:
    """An image, sound or file; `Other` where neither an address nor data can be found."""
    for inner in _media_levels(raw):
        uri = next((found for key in _URI_KEYS if (found := string(inner.get(key)))), None)
        data = next((found for key in _DATA_KEYS if (found := _base64(inner.get(key)))), None)
        if uri or data:
            mime = next(
                (found for level in (inner, raw) for key in _MIME_KEYS if (found := string(level.get(key)))),
                None,
            )
            if uri and uri.startswith("data:"):
                head, _, body = uri.partition(",")
                return Media(mime=mime or head[len("data:") :].split(";")[0] or None, data=body)
            return Media(mime=mime, uri=uri, data=None if uri else data)
    return Other(raw)


_URI_KEYS = ("uri", "url", "image_url", "fileUri", "file_uri", "file_url", "file_id")
_DATA_KEYS = ("data", "content", "bytes", "file_data", "blob", "image", "file", "audio")
_MIME_KEYS = ("mime_type", "mimeType", "media_type", "mediaType", "format")
_NESTED_MEDIA = (
    "source", "image_url", "image", "input_audio", "audio", "file", "document", "video", *_INLINE_DATA,
)  # fmt: skip


def _media_levels(raw: dict[str, AttributeValue]) -> list[dict[str, AttributeValue]]:
    levels = [raw]
    for _ in range(2):
        levels += [inner for level in levels for key in _NESTED_MEDIA if (inner := mapping(level.get(key)))]
    return levels


def _base64(value: AttributeValue) -> str | None:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return string(value)


def not_among(calls: Iterable[ToolCall], parts: Iterable[Part]) -> list[ToolCall]:
    """The calls that the content parts do not hold already (one message in two spellings)."""
    held = [part for part in parts if isinstance(part, ToolCall)]
    ids = {call.id for call in held if call.id is not None}
    likes = {(call.name, canonical(call.arguments)) for call in held}
    return [
        call
        for call in calls
        if not (call.id in ids if call.id else likes and (call.name, canonical(call.arguments)) in likes)
    ]


def without_repeats(parts: list[Part]) -> tuple[Part, ...]:
    """The parts with a call or result that is there twice (two spellings of one message) said once.

    Calls and results with an id repeat when the id does. Without ids nothing is dropped: a model may
    well ask the same thing twice.
    """
    seen: set[tuple[type[Part], str]] = set()
    kept: list[Part] = []
    for part in parts:
        if isinstance(part, ToolCall | ToolResult) and part.id is not None:
            mark: tuple[type[Part], str] = (type(part), part.id)
            if mark in seen:
                continue
            seen.add(mark)
        kept.append(part)
    return tuple(kept)
