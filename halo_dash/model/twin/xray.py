"""What filled the prompt of a call."""

from __future__ import annotations

from decimal import Decimal

from halo_dash.model.twin.values import Json
from halo_dash.model.xray import Xray


def xray_json(found: Xray) -> dict[str, Json]:
    """The X-ray of one prompt. Tokens of parts are estimates that add up to `tokens`."""
    change, prefix, again = found.change, found.prefix, found.repetition
    return {
        "tokens": found.tokens,
        "tokens_reported": found.is_reported,
        "characters": found.characters,
        "media": found.media,
        "window": found.window,
        "window_share": found.window_share,
        "parts": _parts(found),
        "previous_span_id": found.previous_span_id,
        "change": None
        if change is None
        else {
            "kept": change.kept,
            "added": dict(change.added),
            "dropped": change.dropped,
            "changed": change.changed,
            "tools_changed": change.tools_changed,
        },
        "prefix": None
        if prefix is None
        else {
            "messages": prefix.messages,
            "tokens": prefix.tokens,
            "broke_at": prefix.broke_at,
            "broke_role": prefix.broke_role,
            "cached": prefix.cached,
        },
        "repetition": None
        if again is None
        else {
            "tokens": again.tokens,
            "cached": again.cached,
            "usd": _number(again.usd),
            "saved_usd": _number(again.saved_usd),
        },
    }


def _parts(found: Xray) -> list[Json]:
    """What the tokens were; one part `unknown` has them all where the sender recorded no messages."""
    if not found.fills and found.tokens:
        return [{"segment": "unknown", "pieces": 0, "characters": 0, "tokens": found.tokens}]
    return [
        {
            "segment": fill.segment.value,
            "pieces": fill.pieces,
            "characters": fill.characters,
            "tokens": fill.tokens,
        }
        for fill in found.fills
    ]


def _number(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)
