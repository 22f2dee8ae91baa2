"""What error texts have in common: what tells them apart is masked, and near-equal wordings are merged."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

HOLE: Final = "<*>"
"""Stands for a word that differs from one text to the next."""

NEAR: Final = 0.6
"""Share of equal words, place by place, from which two texts of one length are one wording (as in Drain)."""

_LONGEST: Final = 400
_MASKS: Final = tuple(
    (re.compile(pattern), mask)
    for pattern, mask in (
        (r"https?://[^\s'\"<>)\]]+", "<url>"),
        (r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}", "<email>"),
        (r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b", "<id>"),
        (r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?", "<time>"),
        (r"(?:[A-Za-z]:)?(?:[/\\][\w.@ -]+){2,}[/\\]?", "<path>"),
        (r"\"[^\"\n]{1,200}\"|'(?:[^'\n\\]|\\.){1,200}'(?!\w)|`[^`\n]{1,200}`", "<value>"),
        # Keys with digits in them: ids, hashes, `call_9aB3…`, `HAT229`, `certificate_7504069`, `city=Oslo`.
        (r"\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z_])[\w-]{4,}\b", "<id>"),
        (r"(?<=\w)=[^\s,;)\]}]+", "=<value>"),
        (r"[-+]?\b\d+(?:[.,]\d+)*(?:\s?(?:ms|s|sec|seconds|%|kb|mb|gb|usd|tokens?))?\b", "<n>"),
    )
)


def masked(text: str) -> str:
    """A text with everything that tells one occurrence from another replaced by what it is."""
    line = " ".join(text[:_LONGEST].split())
    for pattern, mask in _MASKS:
        line = pattern.sub(mask, line)
    return line


@dataclass(slots=True)
class Templates:
    """The wordings seen so far. `place` gives each text the number of its wording, for ever."""

    near: float = NEAR
    _words: list[list[str]] = field(default_factory=list)
    _by_length: dict[int, list[int]] = field(default_factory=dict)
    _known: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, wordings: Iterable[str]) -> Templates:
        """Go on with wordings that were kept: they get the numbers 0, 1, 2, … again."""
        templates = cls()
        for number, wording in enumerate(wordings):
            words = wording.split()
            templates._words.append(words)
            templates._by_length.setdefault(len(words), []).append(number)
        return templates

    def __len__(self) -> int:
        """How many wordings there are."""
        return len(self._words)

    def place(self, text: str) -> int:
        """The number of the wording that a masked text has; a new one where it is near to none."""
        number = self._known.get(text)
        if number is not None:
            return number
        words = text.split()
        number = self._nearest(words)
        if number is None:
            number = len(self._words)
            self._words.append(words)
            self._by_length.setdefault(len(words), []).append(number)
        else:
            self._words[number] = [
                one if one == other else HOLE for one, other in zip(self._words[number], words, strict=True)
            ]
        self._known[text] = number
        return number

    def knows(self, text: str) -> bool:
        """Whether a masked text has a wording already, word for word or nearly."""
        return text in self._known or self._nearest(text.split()) is not None

    def wording(self, number: int) -> str:
        """The wording as a text, with holes where its texts differ."""
        return " ".join(self._words[number])

    def _nearest(self, words: list[str]) -> int | None:
        best, number = self.near, None
        for other in self._by_length.get(len(words), ()):
            equal = sum(one in (two, HOLE) for one, two in zip(self._words[other], words, strict=True))
            share = equal / len(words) if words else 1.0
            if share >= best:
                best, number = share, other
        return number
