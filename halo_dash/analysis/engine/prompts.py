"""The words that models are told: `analysis/prompts/*.md`, with `{{name}}` for what differs."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_FIELD = re.compile(r"\{\{([a-z_]+)\}\}")


def prompt(name: str, /, **values: str) -> str:
    """A prompt with its fields filled in. What is filled in is never read as a field again."""
    text = _read(name)
    wanted = set(_FIELD.findall(text))
    if wanted != set(values):
        raise KeyError(f"prompts/{name}.md has the fields {sorted(wanted)}, given were {sorted(values)}")
    return _FIELD.sub(lambda found: values[found[1]], text)


@cache
def _read(name: str) -> str:
    return (files("halo_dash.analysis") / "prompts" / f"{name}.md").read_text(encoding="utf-8").strip()
