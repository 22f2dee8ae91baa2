"""Markdown of others, cut down to what may act: words, lists, tables, code, headings, links to our own pages.

Raw HTML is text, an image is its description, and a link that leads away from the dashboard is its words
with the address beside them as text: nothing is fetched, followed or run. Both ways out are written from the
parsed tree, so what is not known here cannot appear.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from html import escape
from typing import TypeAlias

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from halo_dash.analysis.report.marks import cell, code, escaped, fence, is_own_page, not_at_line_begin
from halo_dash.analysis.report.plain import visible

MOST = 100_000
"""Characters that are parsed; the rest is left away, and an ellipsis says so."""
_DEEPEST = 6


def safe_markdown(text: str, *, below: int = 2) -> str:
    """The same words as Markdown that is safe in any renderer. Headings come `below` levels deeper."""
    return "\n\n".join(_Markdown(below).blocks(_parsed(text)))


def safe_html(text: str, *, below: int = 2) -> str:
    """The same words as HTML of a few tags without attributes, but for links to our own pages."""
    return _Html(below).all(_parsed(text))


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "linkify": False, "typographer": False}).enable("table")


def _parsed(text: str) -> Sequence[SyntaxTreeNode]:
    if len(text) > MOST:
        text = f"{text[:MOST]}…"
    return SyntaxTreeNode(_parser().parse(visible(text))).children


def _inline_of(node: SyntaxTreeNode) -> Iterable[SyntaxTreeNode]:
    """The inline parts of a block."""
    return (part for child in node.children if child.type == "inline" for part in child.children)


def _label(node: SyntaxTreeNode) -> str:
    """All words in a part."""
    return "".join(map(_label, node.children)) if node.children else node.content


def _href(node: SyntaxTreeNode) -> str:
    return str(node.attrs.get("href", ""))


_Write: TypeAlias = Callable[[SyntaxTreeNode], str]


class _Markdown:
    """One method for each type of a node; what has none is its words."""

    def __init__(self, below: int) -> None:
        self._below = below
        self._blocks: dict[str, _Write] = {
            "heading": self._heading,
            "bullet_list": self._list,
            "ordered_list": self._list,
            "blockquote": self._quote,
            "fence": lambda node: fence(node.content.rstrip("\n")),
            "code_block": lambda node: fence(node.content.rstrip("\n")),
            "table": self._table,
            "hr": lambda _node: "",
            "paragraph": lambda node: not_at_line_begin(self._inline(_inline_of(node))),
        }
        self._parts: dict[str, _Write] = {
            "strong": lambda node: self._stressed(node, "**"),
            "em": lambda node: self._stressed(node, "*"),
            "code_inline": lambda node: code(node.content),
            "softbreak": lambda _node: "\n",
            "hardbreak": lambda _node: "\\\n",
            "image": lambda node: escaped(_label(node)),
            "link": self._link,
        }

    def blocks(self, nodes: Iterable[SyntaxTreeNode]) -> list[str]:
        """The blocks that say something."""
        return [text for node in nodes if (text := self._block(node))]

    def _block(self, node: SyntaxTreeNode) -> str:
        write = self._blocks.get(node.type)
        return write(node) if write else escaped(_label(node))

    def _heading(self, node: SyntaxTreeNode) -> str:
        level = min(_DEEPEST, int(node.tag[1]) + self._below)
        return f"{'#' * level} {' '.join(self._inline(_inline_of(node)).split())}"

    def _quote(self, node: SyntaxTreeNode) -> str:
        lines = "\n\n".join(self.blocks(node.children)).splitlines()
        return "\n".join(f"> {line}".rstrip() for line in lines)

    def _list(self, node: SyntaxTreeNode) -> str:
        items = []
        for number, item in enumerate(node.children, 1):
            mark = f"{number}. " if node.type == "ordered_list" else "- "
            lines = "\n\n".join(self.blocks(item.children)).splitlines() or [""]
            indent = " " * len(mark)
            items.append("\n".join([mark + lines[0], *(f"{indent}{line}".rstrip() for line in lines[1:])]))
        return "\n".join(items)

    def _table(self, node: SyntaxTreeNode) -> str:
        rows = [
            [cell(self._inline(_inline_of(each))) for each in row.children]
            for part in node.children
            for row in part.children
        ]
        lines = [f"| {' | '.join(row)} |" for row in rows]
        return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])

    def _inline(self, nodes: Iterable[SyntaxTreeNode]) -> str:
        return "".join(map(self._part, nodes))

    def _part(self, node: SyntaxTreeNode) -> str:
        write = self._parts.get(node.type)
        return write(node) if write else escaped(node.content)

    def _stressed(self, node: SyntaxTreeNode, mark: str) -> str:
        inner = self._inline(node.children)
        return f"{mark}{inner}{mark}" if inner and inner.strip() == inner else inner

    def _link(self, node: SyntaxTreeNode) -> str:
        words, href = self._inline(node.children), _href(node)
        if is_own_page(href) and words:
            return f"[{words}]({href})"
        return words if _label(node) == href else f"{words} ({code(href)})"


_TAGS = {
    "paragraph": "p",
    "bullet_list": "ul",
    "ordered_list": "ol",
    "list_item": "li",
    "blockquote": "blockquote",
    "table": "table",
    "thead": "thead",
    "tbody": "tbody",
    "tr": "tr",
    "th": "th",
    "td": "td",
    "strong": "strong",
    "em": "em",
}


class _Html:
    """The same for HTML."""

    def __init__(self, below: int) -> None:
        self._nodes: dict[str, _Write] = {
            "inline": lambda node: self.all(node.children),
            "heading": lambda node: self._tagged(node, f"h{min(_DEEPEST, int(node.tag[1]) + below)}"),
            "fence": lambda node: f"<pre><code>{escape(node.content)}</code></pre>",
            "code_block": lambda node: f"<pre><code>{escape(node.content)}</code></pre>",
            "code_inline": lambda node: f"<code>{escape(node.content)}</code>",
            "softbreak": lambda _node: "\n",
            "hardbreak": lambda _node: "<br>",
            "hr": lambda _node: "<hr>",
            "image": lambda node: escape(_label(node)),
            "link": self._link,
        }

    def all(self, nodes: Iterable[SyntaxTreeNode]) -> str:
        """One after the other."""
        return "".join(map(self._node, nodes))

    def _node(self, node: SyntaxTreeNode) -> str:
        write, tag = self._nodes.get(node.type), _TAGS.get(node.type)
        if write:
            return write(node)
        return self._tagged(node, tag) if tag else escape(_label(node))

    def _tagged(self, node: SyntaxTreeNode, tag: str) -> str:
        inner = self.all(node.children)
        # The paragraphs of a list whose items follow one another closely.
        return inner if node.type == "paragraph" and node.hidden else f"<{tag}>{inner}</{tag}>"

    def _link(self, node: SyntaxTreeNode) -> str:
        words, href = self.all(node.children), _href(node)
        if is_own_page(href):
            return f'<a href="{escape(href)}">{words}</a>'
        return words if _label(node) == href else f"{words} (<code>{escape(href)}</code>)"
