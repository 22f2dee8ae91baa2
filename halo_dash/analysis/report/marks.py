"""Plain words as Markdown that shows just them, and what may be linked."""

from __future__ import annotations

import re

from halo_dash.analysis.report.plain import visible

_OWN_PAGE = re.compile(
    r"/(?:traces|sessions|agents|clusters|insights|analysis|compare|rules|users)"
    r"(?:[/?#][A-Za-z0-9_.~%&=+:,@/?#-]*)?"
)
_ADDRESS = re.compile(
    r"(?:[a-z][a-z0-9+.-]{1,20}:/{1,3}|www\.|mailto:|javascript:|data:)[^\s`]*[^\s`.,;:!?)\]}'\"]",
    re.IGNORECASE,
)
_MARKS = re.compile(r"[\\`*\[\]<>]|~(?=~)|&(?=#|[A-Za-z][A-Za-z0-9]*;)|(?<![^\W_])_|_(?![^\W_])")
_BEGINS = re.compile(r"^([ \t]*)(?:([-+=#])|(\d+)([.)]))", re.MULTILINE)
_TICKS = re.compile(r"`+")


def is_own_page(href: str) -> bool:
    """Whether an address stays within the dashboard."""
    return len(href) <= 2_000 and ".." not in href and _OWN_PAGE.fullmatch(href) is not None


def escaped(text: str) -> str:
    """Words without effect; addresses are code, so that no renderer makes links of them."""
    out, begin = [], 0
    plain = visible(text)
    for found in _ADDRESS.finditer(plain):
        out += [_marked(plain[begin : found.start()]), code(found[0])]
        begin = found.end()
    return "".join([*out, _marked(plain[begin:])])


def _marked(text: str) -> str:
    return _MARKS.sub(lambda found: f"\\{found[0]}", text)


def code(text: str) -> str:
    """As code within a line, whatever marks it holds; empty for nothing."""
    plain = " ".join(visible(text).split())
    ticks = "`" * (1 + _longest(plain))
    edge = " " if plain[:1] == "`" or plain[-1:] == "`" else ""
    return f"{ticks}{edge}{plain}{edge}{ticks}" if plain else ""


def fence(text: str, language: str = "") -> str:
    """As a block of code, which nothing in the text can end."""
    ticks = "`" * max(3, 1 + _longest(text))
    return f"{ticks}{language}\n{visible(text)}\n{ticks}"


def cell(markdown: str) -> str:
    """Markdown as one cell of a table."""
    return " ".join(markdown.split()).replace("|", "\\|")


def not_at_line_begin(text: str) -> str:
    """Markdown whose lines begin no list, heading or underline."""

    def kept(found: re.Match[str]) -> str:
        return f"{found[1]}\\{found[2]}" if found[2] else f"{found[1]}{found[3]}\\{found[4]}"

    return _BEGINS.sub(kept, text)


def _longest(text: str) -> int:
    return max((len(run) for run in _TICKS.findall(text)), default=0)
