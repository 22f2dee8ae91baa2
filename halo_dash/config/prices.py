"""`[prices."model-pattern"]` of halo.toml: what a model costs you where the price table does not know."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import translate

SECTION = "prices"
OWN_SOURCE = "halo.toml"
"""Where such a price comes from, as a ledger names it."""

_AMOUNTS = ("input", "output", "cache_read", "cache_write")
_MEMBERS = (*_AMOUNTS, "provider")
_DEAREST = 1_000_000
"""USD a million tokens; beyond a dollar a token it is a mistake of units."""


@dataclass(frozen=True, slots=True)
class PriceOverride:
    """Your own price of the models whose name fits a pattern, in USD a million tokens."""

    pattern: str
    """`*` stands for anything, `?` for one character, `[ab]` for one of these; case does not matter."""
    provider: str | None = None
    """Only where this provider serves the model (as halo-dash names it: `openai`, `azure.openai`, …)."""
    input: Decimal | None = None
    output: Decimal | None = None
    cache_read: Decimal | None = None
    """The input price where it is left out."""
    cache_write: Decimal | None = None
    """The input price where it is left out."""

    def fits(self, provider: str | None, model: str) -> bool:
        """Whether it is the price of this model."""
        if self.provider is not None and self.provider != (provider or "").lower():
            return False
        return re.compile(translate(self.pattern), re.IGNORECASE).match(model) is not None

    def __str__(self) -> str:
        """As the list of settings shows it."""
        amounts = [f"{name} {getattr(self, name)}" for name in _AMOUNTS if getattr(self, name) is not None]
        return ", ".join([*amounts, *([f"provider {self.provider}"] if self.provider else [])])


def read_prices(section: Mapping[str, object]) -> tuple[tuple[PriceOverride, ...], list[str]]:
    """Read the whole section, in the order of the file: (overrides, every problem as `key: what to mend`)."""
    found: list[PriceOverride] = []
    problems: list[str] = []
    for pattern, content in section.items():
        where = f'{SECTION}."{pattern}"'
        if not isinstance(content, Mapping):
            problems.append(
                f'{where}: is a table; write [{SECTION}."{pattern}"] and below it input = 0.15, output = 0.6.'
            )
            continue
        wrong = [f"{where}{problem}" for problem in _problems(pattern, content)]
        problems += wrong
        if not wrong:
            found.append(_override(pattern, content))
    return tuple(found), problems


def _problems(pattern: str, content: Mapping[str, object]) -> Iterator[str]:
    if not pattern.strip():
        yield ': name a model, such as [prices."gpt-4o*"].'
    for name, value in content.items():
        if name not in _MEMBERS:
            close = difflib.get_close_matches(name, _MEMBERS, n=1)
            yield f".{name}: there is no such key{f' (did you mean {close[0]}?)' if close else ''}."
        elif name == "provider":
            if not isinstance(value, str) or not value.strip() or not value.isprintable():
                yield f'.provider: {value!r} will not do; use a text, such as "openai".'
        elif not _is_price(value):
            yield f".{name}: {value!r} will not do; use USD a million tokens, 0 to {_DEAREST:,}."
    if "input" not in content:
        yield ": needs `input`, in USD a million tokens; without it no call has a cost."


def _is_price(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _DEAREST


def _override(pattern: str, content: Mapping[str, object]) -> PriceOverride:
    amounts = {name: Decimal(str(content[name])) for name in _AMOUNTS if name in content}
    provider = content.get("provider")
    return PriceOverride(
        pattern=pattern.strip(),
        provider=provider.strip().lower() if isinstance(provider, str) else None,
        **amounts,
    )
