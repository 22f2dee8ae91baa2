"""What besides its tokens decides the price of a call: the service tier, audio, how long a cache keeps.

What the response says of the tier goes before what was asked for: a provider may serve a call otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from halo_dash.model.span import AttributeValue
from halo_dash.semconv.pricing import STANDARD, Terms
from halo_dash.semconv.usage import Found, usage_members
from halo_dash.semconv.values import text

_STANDARD = frozenset({"default", "standard", "standard_only", "on_demand", "on-demand"})
"""Words for the tier whose price is the published one (OpenAI, Anthropic, Groq, Google)."""

_UNDECIDED = "auto"
"""Asks the provider to choose: nothing is known until the response says more."""

_NAMED = re.compile(
    r'"(?:service_?[tT]ier\\?"\s*:\s*\\?"(?!default|standard|auto)|speed\\?"\s*:\s*\\?"fast)', re.ASCII
)
"""A tier in a JSON object that may change the price; whatever else the object holds need not be read."""


class TermsReading(NamedTuple):
    """The terms, and the codes of `LEDGER_RULES` by which they were read."""

    terms: Terms
    rules: tuple[str, ...] = ()


_PLAIN = TermsReading(STANDARD)
_NONE = (0, "")

_MORE = re.compile("audio[^1-9]{1,12}[1-9]|ephemeral_1h", re.ASCII)
"""A usage object that says something of audio, or of a cache that keeps for an hour."""


def read_terms(found: Found) -> TermsReading:
    """The terms of one call, from the fields that `observe` gathered."""
    tier, rules = _tier(found)
    heard, spoken, for_an_hour = found.get("input_audio_tokens"), found.get("output_audio_tokens"), 0
    if "usage_blob" in found and _MORE.search(str(found["usage_blob"])):
        members = usage_members(found)
        heard = heard or members.get("input_audio", _NONE)[0]
        spoken = spoken or members.get("output_audio", _NONE)[0]
        for_an_hour = members.get("cache_write_1h", _NONE)[0]
    if tier is None and not (heard or spoken or for_an_hour):
        return TermsReading(STANDARD, rules) if rules else _PLAIN
    return TermsReading(Terms(tier, heard or 0, spoken or 0, for_an_hour), rules)


def _tier(found: Found) -> tuple[str | None, tuple[str, ...]]:
    """(the tier if it is not the standard one, rules)."""
    served = _word(found.get("response_tier"))
    for field in ("response_json", "tier_json"):
        served = served or _inside(found.get(field))
    if served is not None and served != _UNDECIDED:
        return (None, ()) if served in _STANDARD else (served, ("tier_stated",))
    asked = _word(found.get("request_tier")) or _inside(found.get("model_parameters"))
    if asked is None or asked in _STANDARD:
        return None, ()
    return (None, ("tier_auto",)) if asked == _UNDECIDED else (asked, ("tier_asked",))


def _word(value: AttributeValue) -> str | None:
    said = text(value)
    return said.lower() if said else None


class _Body(msgspec.Struct):
    """Where providers put the tier of a response: OpenAI at its head, Anthropic into the usage."""

    service_tier: Any = None
    usage: Any = None
    openai: Any = None


_body = msgspec.json.Decoder(_Body)


def _inside(value: AttributeValue) -> str | None:
    """The tier that a request or response object names, if it may change the price."""
    if isinstance(value, str):
        if _NAMED.search(value) is None:
            return None
        try:
            body = _body.decode(value)
        except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
            return None
        members: Mapping[str, Any] = {
            "service_tier": body.service_tier,
            "usage": body.usage,
            "openai": body.openai,
        }
    elif isinstance(value, dict):
        members = value
    else:
        return None
    # The Vercel AI SDK keeps what a provider adds under the provider's name, in its own spelling.
    usage, vercel = members.get("usage"), members.get("openai")
    places = ((usage, "speed"), (members, "service_tier"), (usage, "service_tier"), (vercel, "serviceTier"))
    named = [_word(place.get(name)) for place, name in places if isinstance(place, dict)]
    said = [tier for tier in named if tier is not None]
    return next((tier for tier in said if tier not in _STANDARD), said[0] if said else None)
