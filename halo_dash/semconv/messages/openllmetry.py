"""OpenLLMetry, before it spoke OTel's schema: `gen_ai.prompt.N.*` and `gen_ai.completion.N.*`."""

from __future__ import annotations

from halo_dash.model.message import Message, Role
from halo_dash.model.span import AttributeValue
from halo_dash.semconv.attributes import numbered
from halo_dash.semconv.messages.conversation import expanded
from halo_dash.semconv.messages.message import read_message


def read_openllmetry(tree: AttributeValue, default: Role) -> list[Message]:
    """Messages under `gen_ai.prompt.` or `gen_ai.completion.`, unflattened."""
    found: list[Message] = []
    for raw in numbered(tree):
        calls: list[AttributeValue] = [*numbered(raw.get("tool_calls"))]
        fields = {**raw, "tool_calls": calls}
        inner = expanded(raw.get("content"), default)
        message = read_message(fields, default)
        found += inner or ([message] if message else [])
    return found
