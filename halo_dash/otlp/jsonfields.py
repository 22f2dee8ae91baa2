"""The field types of OTLP/JSON (protobuf's JSON mapping with OTLP's exceptions), read leniently.

Every reader takes the raw JSON value and where it stands; it raises `UnreadableError` naming the place.
`null` and a missing field are the default value, as in protobuf's mapping.
"""

from __future__ import annotations

import binascii
import math
import re
from typing import Any, Final

from halo_dash.errors import InvalidInputError
from halo_dash.model.span import Attributes, AttributeValue, EntityRef
from halo_dash.otlp.anyvalue import DEPTH_BUDGET, INT64_MAX, INT64_MIN, LIST_COST, MAP_COST, TOO_DEEP
from halo_dash.otlp.issues import UnreadableError

UINT32_MAX: Final = 2**32 - 1
NON_FINITE: Final = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
CAPITAL: Final = re.compile("[A-Z]")


def get(raw: dict[str, Any], name: str) -> Any:
    """Field `name` (lowerCamelCase), or its snake_case spelling; None when neither is there."""
    value = raw.get(name)
    if value is None:
        snake = SNAKE.get(name)
        if snake is None:
            snake = SNAKE[name] = CAPITAL.sub(lambda match: "_" + match[0].lower(), name)
        if snake != name:
            value = raw.get(snake)
    return value


SNAKE: dict[str, str] = {}
"""Names that were asked for; our own field names only, so it stays small."""


def rows(raw: object, where: str) -> list[Any]:
    """A list."""
    if raw is None:
        return []
    if isinstance(raw, list):
        return raw
    raise UnreadableError(f"{where}: {_name(raw)} where a list is expected")


def text(raw: object, where: str) -> str:
    """A string."""
    if raw is None:
        return ""
    if isinstance(raw, str):
        return raw
    raise UnreadableError(f"{where}: {_name(raw)} where a string is expected")


def integer(raw: object, where: str) -> int:
    """An integer of any size, as a number or as a decimal string."""
    if raw is None:
        return 0
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    if isinstance(raw, float) and raw.is_integer():
        return int(raw)
    if isinstance(raw, str) and len(raw) <= 40:
        try:
            return int(raw)
        except ValueError:
            pass
    raise UnreadableError(f"{where}: {_name(raw)} where an integer is expected")


def int64(raw: object, where: str) -> int:
    """A signed 64-bit integer."""
    value = integer(raw, where)
    if INT64_MIN <= value <= INT64_MAX:
        return value
    raise UnreadableError(f"{where}: {value} does not fit in 64 bits")


def uint32(raw: object, where: str) -> int:
    """An unsigned 32-bit integer: counts of dropped things, and flags."""
    if raw is None:
        return 0
    value = integer(raw, where)
    if 0 <= value <= UINT32_MAX:
        return value
    raise UnreadableError(f"{where}: {value} is no unsigned 32-bit integer")


def double(raw: object, where: str) -> float | None:
    """A double; None for `null`, which is how Node's exporter writes what is not finite."""
    if raw is None:
        return None
    if isinstance(raw, str):
        if raw in NON_FINITE:
            return NON_FINITE[raw]
        try:
            return float(raw)
        except ValueError:
            pass
    elif isinstance(raw, int | float) and not isinstance(raw, bool):
        try:
            return float(raw)
        except OverflowError:
            return math.inf if raw > 0 else -math.inf
    raise UnreadableError(f"{where}: {_name(raw)} where a number is expected")


def boolean(raw: object, where: str) -> bool:
    """`true` or `false`, also as a string."""
    if isinstance(raw, bool):
        return raw
    if raw in {"true", "false"}:
        return raw == "true"
    raise UnreadableError(f"{where}: {_name(raw)} where a boolean is expected")


def octets(raw: object, where: str) -> bytes:
    """Bytes as base64, standard or URL-safe, padded or not."""
    source = text(raw, where).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return binascii.a2b_base64(source + "=" * (-len(source) % 4), strict_mode=True)
    except ValueError:
        raise UnreadableError(f"{where}: not base64") from None


def any_value(raw: object, where: str, budget: int = DEPTH_BUDGET) -> AttributeValue:
    """The natural Python value of an AnyValue object. Raises `InvalidInputError` when nested too deeply."""
    if raw is None:
        return None
    if not isinstance(raw, dict):
        raise UnreadableError(
            f'{where}: {_name(raw)} where an object such as {{"stringValue": …}} is expected'
        )
    for key, value in raw.items():
        if value is None:
            continue
        if key in {"stringValue", "string_value"}:
            return text(value, f"{where}.stringValue")
        reader = SCALARS.get(key)
        if reader is not None:
            return reader(value, f"{where}.{key}")
        if key in {"arrayValue", "array_value"}:
            _check(budget, where)
            return _array(value, f"{where}.arrayValue", budget - LIST_COST)
        if key in {"kvlistValue", "kvlist_value"}:
            _check(budget, where)
            pairs = get(value, "values") if isinstance(value, dict) else value
            return read_attributes(pairs, f"{where}.kvlistValue.values", budget - MAP_COST)
    return None


SCALARS: Final = {
    "intValue": int64,
    "int_value": int64,
    "boolValue": boolean,
    "bool_value": boolean,
    "doubleValue": double,
    "double_value": double,
    "bytesValue": octets,
    "bytes_value": octets,
}


def _array(raw: object, where: str, budget: int) -> list[AttributeValue]:
    values = get(raw, "values") if isinstance(raw, dict) else raw
    return [any_value(item, f"{where}.values", budget) for item in rows(values, f"{where}.values")]


def _check(budget: int, where: str) -> None:
    if budget <= 0:
        raise InvalidInputError(f"{where[:120]}: {TOO_DEEP}")


def read_attributes(raw: object, where: str, budget: int = DEPTH_BUDGET) -> Attributes:
    """A list of `{"key": …, "value": …}`; of a repeated key the last wins."""
    out: Attributes = {}
    for pair in raw if isinstance(raw, list) else rows(raw, where):
        try:
            key = pair["key"]
            value = pair["value"]
            # The common case, without the cost of naming where it stands.
            plain = value["stringValue"] if len(value) == 1 and "stringValue" in value else None
        except (KeyError, TypeError):
            if not isinstance(pair, dict):
                raise UnreadableError(
                    f"{where}: {_name(pair)} where a key and a value are expected"
                ) from None
            key, value, plain = pair.get("key"), pair.get("value"), None
        if type(key) is not str:
            key = text(key, f"{where}.key")
        out[key] = plain if type(plain) is str else any_value(value, f"{where}[{key[:80]!r}]", budget)
    return out


def read_entity_ref(raw: object, where: str) -> EntityRef:
    """An `EntityRef` object."""
    if not isinstance(raw, dict):
        raise UnreadableError(f"{where}: {_name(raw)} where an object is expected")
    return EntityRef(
        type=text(get(raw, "type"), f"{where}.type"),
        schema_url=text(get(raw, "schemaUrl"), f"{where}.schemaUrl"),
        id_keys=tuple(text(key, f"{where}.idKeys") for key in rows(get(raw, "idKeys"), f"{where}.idKeys")),
        description_keys=tuple(
            text(key, f"{where}.descriptionKeys")
            for key in rows(get(raw, "descriptionKeys"), f"{where}.descriptionKeys")
        ),
    )


def _name(raw: object) -> str:
    """What was found, shortened: enough to recognise it, never a whole payload."""
    shown = repr(raw)
    return shown if len(shown) <= 40 else f"a {type(raw).__name__}"
