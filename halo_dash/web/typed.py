"""What the panel's form sends, as the filter writes it: ends of ranges, local times, a key and its value.

The address that a person sees, keeps and sends is always the canonical one; a form leads to it by a redirect.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from halo_dash.model.filter_fields import FIELDS

Pairs = Sequence[tuple[str, str]]

_BOUNDS = tuple(field.name for field in FIELDS if field.shape == "bounds")
_MOMENTS = ("from", "to")
_NAMES = frozenset(
    [
        *(f"{name}-{side}" for name in _BOUNDS for side in ("min", "max")),
        *(f"{name}-local" for name in _MOMENTS),
        *("attribute-key", "attribute-value"),
    ]
)
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?", re.ASCII)


def canonical(pairs: Pairs) -> list[tuple[str, str]] | None:
    """The pairs of the canonical address; None where these are already so."""
    typed = {name: value.strip() for name, value in pairs if name in _NAMES}
    if not typed:
        return None
    out = [(name, value) for name, value in pairs if name not in _NAMES and value]
    for name in _BOUNDS:
        low, high = (_measure(name, typed.get(f"{name}-{side}", "")) for side in ("min", "max"))
        if low or high:
            out = [pair for pair in out if pair[0] != name]
            out.append((name, f"{low}..{high}"))
    moments = [(name, _moment(typed[f"{name}-local"])) for name in _MOMENTS if typed.get(f"{name}-local")]
    if moments:
        out = [pair for pair in out if pair[0] not in {"range", *(name for name, _ in moments)}] + moments
    key, value = typed.get("attribute-key", ""), typed.get("attribute-value", "")
    if key or value:
        out.append((f"attr.{key}", value) if key and value else ("attr", f"{key}={value}"))
    return out


def _measure(name: str, text: str) -> str:
    """A duration without a unit is in seconds."""
    return f"{text}s" if name == "duration" and _NUMBER.fullmatch(text) else text


def _moment(text: str) -> str:
    """A local time of this machine as UTC; what is none is left for the filter to refuse."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone().isoformat() if moment.tzinfo is None else text
    except (ValueError, OverflowError, OSError):
        return text
