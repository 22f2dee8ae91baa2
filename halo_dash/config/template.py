"""The halo.toml that `halo init` writes: every key, its default, and what it does."""

from __future__ import annotations

import json

from halo_dash.config.keys import KEYS, SECTIONS

_HEAD = """\
# Configuration of halo-dash for this folder and everything below it.
# A flag on the command line beats an environment variable, which beats this file.
# What is written here is the default; `halo doctor` shows what is in effect and why.
"""
_PRICES = """\
# Your own prices, in USD a million tokens, for models that the price table does not know or that cost you
# something else. `*` stands for anything; of several that fit, the first holds. A cost that a sender states
# goes before all of them. What is stored is priced again after a change.
# [prices."my-model-*"]
# input = 0.15
# output = 0.6
# cache_read = 0.075
# cache_write = 0.15
# provider = "openai"
"""
_NOT_YET = "Read and checked, but not acted on by this version."


def render(project: str | None = None) -> str:
    """Return the text of a halo.toml in which nothing but the project's name differs from the default."""
    sections = [_section(name, about, project) for name, about in SECTIONS.items()]
    return "\n".join([_HEAD, *sections, _PRICES])


def _section(name: str, about: str, project: str | None) -> str:
    keys = [key for key in KEYS if key.section == name and key.in_file]
    is_idle = not any(key.in_force for key in keys)
    lines = [f"# {about}", *([f"# {_NOT_YET}"] if is_idle else []), f"[{name}]"]
    for key in keys:
        value = project if key.name == "project.name" and project else key.default
        lines.append(f"# {key.about}")
        if not is_idle and not key.in_force:
            lines.append(f"# {_NOT_YET}")
        lines.append(f"# {key.leaf} = {key.example}" if value is None else f"{key.leaf} = {_toml(value)}")
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    """Spell a default in TOML; JSON's spelling of texts, numbers, booleans and lists is TOML's too."""
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
