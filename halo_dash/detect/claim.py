"""Reading what a rule says of itself: what it claims, when it abstains, its known false alarms."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass

_PARTS = ("Claims", "Abstains", "Known false alarms")
_HEAD = re.compile(rf"({'|'.join(_PARTS)}):\s+")


@dataclass(frozen=True, slots=True)
class Claim:
    """A rule's docstring in its parts; each empty where it says nothing of the kind."""

    about: str
    """What comes before the parts; for rules of others often all there is."""
    claims: str = ""
    abstains: str = ""
    false_alarms: str = ""


def read_claim(docstring: str) -> Claim:
    """Each part is a paragraph that begins with its name and a colon; others join the part before them."""
    texts = {"": "", **dict.fromkeys(_PARTS, "")}
    part = ""
    for paragraph in inspect.cleandoc(docstring).split("\n\n"):
        text = " ".join(paragraph.split())
        if (found := _HEAD.match(text)) is not None:
            part, text = found[1], text[found.end() :]
        texts[part] = f"{texts[part]} {text}".strip()
    return Claim(texts[""], *(texts[name] for name in _PARTS))
