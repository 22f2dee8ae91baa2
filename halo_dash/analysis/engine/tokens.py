"""How many tokens a text will take, before anybody counted them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable

from halo_dash.analysis.provider.wire import AssistantItem, Item, ToolSpec

_PER_CHARACTER = 0.28
"""English and JSON take about 0.25 to 0.3 tokens a character with the tokenizers of today."""
_PER_ITEM = 12
_FEWEST, _MOST = 0.05, 1.5


class TokenScale:
    """Learns from each answer how a model's server counts. Thread-safe."""

    def __init__(self) -> None:
        self._per_character: dict[str, float] = {}
        self._lock = threading.Lock()

    def learn(self, model: str, characters: int, tokens: int) -> None:
        """So many characters were so many tokens."""
        if characters > 0 and tokens > 0:
            with self._lock:
                self._per_character[model] = min(_MOST, max(_FEWEST, tokens / characters))

    def tokens(self, model: str, characters: int) -> int:
        """About so many."""
        with self._lock:
            return int(characters * self._per_character.get(model, _PER_CHARACTER)) + 1


def characters_of(items: Iterable[Item], tools: Iterable[ToolSpec] = ()) -> int:
    """The size of what is sent, with what each item costs beyond its text."""
    extra = int(_PER_ITEM / _PER_CHARACTER)
    total = sum(
        len(each.name) + len(each.description) + len(json.dumps(each.parameters, default=dict))
        for each in tools
    )
    for item in items:
        total += len(item.text) + extra
        if isinstance(item, AssistantItem):
            total += sum(len(each.arguments) + len(each.name) + extra for each in item.tool_calls)
    return total
