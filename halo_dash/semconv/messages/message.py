"""One chat message as an object, in the shapes the provider APIs and SDKs share.

Covers OTel's parts schema (mixed, if it must be, with OpenAI's fields), OpenAI Chat Completions,
Anthropic, Gemini (`parts`), Bedrock Converse, Vercel, Cohere and Ollama. LangChain and the Responses
API have shapes of their own and files of their own.
"""

from __future__ import annotations

from halo_dash.model.message import Message, Part, Reasoning, Role, Text, ToolCall, ToolResult
from halo_dash.model.span import AttributeValue
from halo_dash.semconv.attributes import items, mapping, string
from halo_dash.semconv.embedded_json import parse
from halo_dash.semconv.messages.parts import is_part, media, not_among, read_parts, without_repeats
from halo_dash.semconv.messages.role import known_role, role_of
from halo_dash.semconv.messages.tool_parts import result_content, tool_call

BODY_KEYS = ("content", "parts", "tool_calls", "function_call", "contents", "refusal", "tool_results")
_REASONING_KEYS = ("reasoning_content", "reasoning", "thinking")
_CALL_LISTS = ("tool_calls", "toolCalls", "toolInvocations")


def is_message(raw: AttributeValue) -> bool:
    """Whether an object is a chat message: it names a known role and has something to say with it."""
    if not isinstance(raw, dict):
        return False
    return known_role(raw.get("role")) is not None and any(key in raw for key in BODY_KEYS)


def read_message(raw: dict[str, AttributeValue], default: Role) -> Message | None:
    """The message; None where it says nothing at all."""
    role = role_of(raw.get("role"), default)
    parts = _answers(raw, role) if role == "tool" else _spoken(raw)
    return build(role, parts, name=string(raw.get("name")), finish_reason=_finish_reason(raw))


def build(
    role: Role, parts: list[Part], *, name: str | None = None, finish_reason: str | None = None
) -> Message | None:
    """A message of these parts, said once; None where none is left.

    A user message of nothing but tool results is a tool's (Anthropic and pydantic-ai send them so).
    """
    kept = without_repeats(parts)
    if not kept:
        return None
    if role == "user" and all(isinstance(part, ToolResult) for part in kept):
        role = "tool"
    return Message(role=role, parts=kept, name=name, finish_reason=finish_reason)


def _spoken(raw: dict[str, AttributeValue]) -> list[Part]:
    parts: list[Part] = []
    for key in _REASONING_KEYS:
        if text := string(raw.get(key)):
            parts.append(Reasoning(text))
            break
    listed = read_parts(parse(raw["parts"])) if "parts" in raw else []
    content = read_content_value(raw.get("content"))
    said = {part.text.strip() for part in listed if isinstance(part, Text)}
    parts += [part for part in content if not (isinstance(part, Text) and part.text.strip() in said)]
    parts += listed
    if refusal := string(raw.get("refusal")):
        parts.append(Text(refusal))
    if audio := mapping(raw.get("audio")):
        parts += [Text(transcript)] if (transcript := string(audio.get("transcript"))) else [media(audio)]
    return parts + not_among(_calls(raw), parts)


def _calls(raw: dict[str, AttributeValue]) -> list[ToolCall]:
    listed = [raw_call for key in _CALL_LISTS for raw_call in items(parse(raw.get(key)))]
    extra = mapping(raw.get("additional_kwargs"))  # LangChain's messages, also in Langfuse's words
    listed = listed or items(extra.get("tool_calls"))
    if function_call := mapping(raw.get("function_call")) or mapping(extra.get("function_call")):
        listed = [*listed, function_call]
    return [call for raw_call in listed if (call := tool_call(mapping(raw_call))) is not None]


def _answers(raw: dict[str, AttributeValue], role: Role) -> list[Part]:
    """The results in a tool message: parts that are results, else its whole content as one result."""
    listed = _spoken(raw) if isinstance(parse(raw.get("content")), list) or "parts" in raw else []
    if any(isinstance(part, ToolResult) for part in listed):
        return listed
    content = raw.get("content", raw.get("parts"))
    if content is None and role == "tool":
        content = raw.get("response", raw.get("tool_results", raw.get("result", raw.get("output"))))
    if content is None:
        return []
    call_id = next(
        (
            found
            for key in ("tool_call_id", "toolCallId", "tool_use_id", "id")
            if (found := string(raw.get(key)))
        ),
        None,
    )
    named = string(raw.get("name")) or string(raw.get("tool_name"))
    return [ToolResult(content=result_content(_plain(content)), id=call_id, name=named)]


def _plain(content: AttributeValue) -> AttributeValue:
    """Content parts of a tool message as the text they hold, so that JSON in it can be read."""
    parts = read_parts(content) if isinstance(content, list) and all(is_part(raw) for raw in content) else []
    if parts and all(isinstance(part, Text) for part in parts):
        return "\n".join(part.text for part in parts if isinstance(part, Text))
    return content


def read_content_value(content: AttributeValue) -> list[Part]:
    """A message's `content`: text, parts, or a JSON string of a list of parts (OpenLLMetry)."""
    if isinstance(content, str) and content.lstrip().startswith("["):
        listed = parse(content)
        if isinstance(listed, list) and listed and all(is_part(raw) for raw in listed):
            return read_parts(listed)
    return read_parts(content)


def _finish_reason(raw: dict[str, AttributeValue]) -> str | None:
    return next((found for key in FINISH_KEYS if (found := string(raw.get(key)))), None)


FINISH_KEYS = ("finish_reason", "finishReason", "stop_reason", "stopReason", "done_reason")
