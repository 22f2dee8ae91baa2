"""Protobuf `AnyValue` and `KeyValue` <-> natural Python values.

`string_value_strindex` and `key_strindex` are left out: they index the dictionary of the profiles
signal and have no meaning in traces and logs (opentelemetry-proto, common.proto).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from halo_dash.errors import InvalidInputError
from halo_dash.model.span import Attributes, AttributeValue

DEPTH_BUDGET: Final = 97
"""Messages that may nest below a span's attribute: protobuf stops at 100. A list costs 2, a map 3."""
LIST_COST: Final = 2
MAP_COST: Final = 3
TOO_DEEP: Final = "nested too deeply: OTLP carries at most 48 lists or 32 maps inside one another"

INT64_MIN: Final = -(2**63)
INT64_MAX: Final = 2**63 - 1


def read_value(value: AnyValue) -> AttributeValue:
    """The natural value; None where no value is set."""
    # The common case first: `WhichOneof` costs as much as everything else here together.
    text = value.string_value
    if text:
        return text
    which = value.WhichOneof("value")
    if which == "array_value":
        return [read_value(item) for item in value.array_value.values]
    if which == "kvlist_value":
        return read_attributes(value.kvlist_value.values)
    if which is None or which == "string_value_strindex":
        return None
    scalar: AttributeValue = getattr(value, which)
    return scalar


def read_attributes(pairs: Iterable[KeyValue]) -> Attributes:
    """Attributes in their order; of a repeated key the last wins (the specification leaves it open)."""
    out: Attributes = {}
    for pair in pairs:
        value = pair.value
        out[pair.key] = value.string_value or read_value(value)
    return out


def write_value(target: AnyValue, value: AttributeValue, budget: int = DEPTH_BUDGET) -> None:
    """Set `target` to `value`. An integer that no int64 holds is written as its digits."""
    if isinstance(value, str):
        target.string_value = clean_text(value)
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, int):
        if INT64_MIN <= value <= INT64_MAX:
            target.int_value = value
        else:
            target.string_value = str(value)
    elif isinstance(value, float):
        target.double_value = value
    elif isinstance(value, bytes):
        target.bytes_value = value
    elif isinstance(value, list):
        check_budget(budget)
        target.array_value.SetInParent()
        for item in value:
            write_value(target.array_value.values.add(), item, budget - LIST_COST)
    elif isinstance(value, dict):
        check_budget(budget)
        target.kvlist_value.SetInParent()
        for key, item in value.items():
            pair = target.kvlist_value.values.add(key=clean_text(key))
            write_value(pair.value, item, budget - MAP_COST)


def check_budget(budget: int) -> None:
    """Raise `InvalidInputError` when a value is nested deeper than OTLP can carry."""
    if budget <= 0:
        raise InvalidInputError(TOO_DEEP)


def clean_text(text: str) -> str:
    """`text` with lone surrogates replaced: no UTF-8 can carry them."""
    if text.isascii():
        return text
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace") if has_surrogate(text) else text


def has_surrogate(text: str) -> bool:
    """Whether a lone surrogate is in it."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False
