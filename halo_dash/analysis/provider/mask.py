"""Keys are kept out of every text that comes back, also where a server repeats them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from urllib.parse import quote

MASK = "[key]"
_MIN_ANYWHERE = 4
_MIN_WORD = 20
_TELLTALE = re.compile(r"\b(?:sk|pk|rk|gsk|xai|AIza|ghp|hf)[-_][\w*.-]{8,}|(?<=Bearer )[^\s\"',]{4,}")
"""Forms of keys, also where a server masked a part of one itself."""


class Mask:
    """Takes secrets out of texts."""

    def __init__(self, secrets: Iterable[str]) -> None:
        spoken = {form for secret in secrets for form in _forms(secret) if len(form) >= _MIN_ANYWHERE}
        self._all = sorted(spoken, key=len, reverse=True)
        # A local server's key may be a plain word ("ollama"): an answer with that word tells no secret.
        self._telling = [s for s in self._all if len(s) >= _MIN_WORD or (len(s) > 7 and re.search(r"\d", s))]

    def error(self, text: str) -> str:
        """A message of a server or client, for people: every secret goes, and what looks like one."""
        for secret in self._all:
            text = text.replace(secret, MASK)
        return _TELLTALE.sub(MASK, text)

    def answer(self, text: str) -> str:
        """What a model said: it is left alone but for the secrets themselves."""
        for secret in self._telling:
            if secret in text:
                text = text.replace(secret, MASK)
        return text

    def unfinished(self, text: str) -> str:
        """The same for a text that is still growing: what may become a secret waits."""
        text = self.answer(text)
        for secret in self._telling:
            for length in range(min(len(secret) - 1, len(text)), _MIN_ANYWHERE - 1, -1):
                if text.endswith(secret[:length]):
                    return text[:-length]
        return text


def _forms(secret: str) -> set[str]:
    return {secret, quote(secret, safe=""), json.dumps(secret)[1:-1]}
