"""The rules by which tokens and costs are read, in words (docs/ledger.md has them too)."""

from __future__ import annotations

from typing import Final

LEDGER_RULES: Final = {
    "blob": "What no key of its own says was taken from the usage object.",
    "zero": "A usage of nothing but zeros says that nobody counted: the tokens are unknown.",
    "too_many": "A count of more than ten billion tokens is not believed: the tokens are unknown.",
    "cache_inside": "Input as sent includes the cached tokens.",
    "cache_larger": (
        "More tokens were cached than sent as input: they were counted apart and are added to the input."
    ),
    "cache_apart": (
        "The sender's own total shows that cached tokens were counted apart: they are added to the input."
    ),
    "reasoning_inside": "Output as sent includes the reasoning tokens.",
    "reasoning_apart": (
        "The sender's own total shows that reasoning was counted apart: it is added to the output."
    ),
    "total_added": "The sender gave no total: it is input plus output.",
    "tier_stated": "The response says that another service tier than the standard one served the call.",
    "tier_asked": (
        "Another service tier than the standard one was asked for, and no response says which one served: "
        "the one asked for is charged."
    ),
    "tier_auto": (
        "The provider was to choose the service tier, and no response says which one it chose: "
        "the standard price is charged."
    ),
    "own_price": "Your own price from halo.toml is charged, whatever the service tier.",
    "by_name_alone": (
        "The price table has no such provider, or no such model of it: "
        "the price is that of the provider known by the model's name."
    ),
    "long_call": "The input is so long that the dearer price of long calls holds for the whole call.",
    "cache_unsaid": (
        "The sender says nothing of cached tokens: if some were read from a cache, the call cost less."
    ),
    "cost_reported": "The sender states the cost, and its word counts.",
    "cost_zero": (
        "The sender states a cost of 0 for a call with tokens: it is free, or the sender does not know."
    ),
    "cost_in_parts": "The sender states the cost of input and of output: they are added up.",
}
"""Code -> what the rule says, in the order in which rules are applied."""
