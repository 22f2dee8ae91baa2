"""Two traces side by side: which steps are the same, which changed and in what, and where they part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias

from halo_dash.model.alignment import Node, Pairing, Round, Way, align, folds
from halo_dash.model.loops import find_loops
from halo_dash.model.message import Message
from halo_dash.model.observation import MODEL_KINDS, Content, Kind
from halo_dash.model.span import AttributeValue
from halo_dash.model.tree import Tree, TreeRow
from halo_dash.model.twin.values import as_text
from halo_dash.model.valuediff import digest, messages_text, part_text, read_json, steady

RowState: TypeAlias = Literal["same", "changed", "left", "right"]
"""`left` and `right`: only there."""

_LINE = 160
"""Characters of a line that stands for a whole value."""
_MOST_PARAMETERS = 40
_TOLD_ELSEWHERE = frozenset({"model", "tools", "functions", "function_tools"})
"""Parameters that repeat the model and the definitions of the tools, whatever a client calls them."""


class Aspect(StrEnum):
    """In what two steps differ. Not in time and cost: these follow from the rest, or vary in every run."""

    NAME = "name"
    MODEL = "model"
    STATUS = "status"
    SYSTEM = "system prompt"
    TOOLS = "tools offered"
    PARAMETERS = "parameters"
    INPUT = "input"
    OUTPUT = "output"
    TOKENS = "tokens"


_AT_ITS_START = frozenset(
    {Aspect.NAME, Aspect.MODEL, Aspect.SYSTEM, Aspect.TOOLS, Aspect.PARAMETERS, Aspect.INPUT}
)
"""What is settled before a step begins; the rest is known when it ends, after everything below it."""


@dataclass(frozen=True, slots=True)
class Imprint:
    """What one span said, small enough to keep for every span. A digest is empty where nothing was said."""

    given: str = ""
    said: str = ""
    system: str = ""
    tools: tuple[tuple[str, str], ...] = ()
    """(name, digest of its definition) of each tool that was offered."""
    parameters: tuple[tuple[str, str], ...] = ()
    """(key, value as text) of what the model was called with."""
    line: str = ""
    """The head of its input on one line."""
    answer: str = ""
    """The head of its output on one line."""


NO_IMPRINT = Imprint()


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One step of one or both traces."""

    left: TreeRow | None
    right: TreeRow | None
    state: RowState
    aspects: tuple[Aspect, ...] = ()
    """Empty unless `state` is `changed`."""

    @property
    def either(self) -> TreeRow:
        """The left step, else the right one."""
        row = self.left or self.right
        assert row is not None  # noqa: S101 - a row stands for some step: `align` makes no other
        return row


@dataclass(frozen=True, slots=True)
class Comparison:
    """All of it."""

    rows: tuple[ComparedRow, ...]
    folds: tuple[tuple[int, int], ...]
    """Stretches of rows (first and last) that a loop of one side covers."""
    first: int | None
    """The row in which the two part: the earliest difference in the order of events; None without one."""
    way: Way
    is_read: bool
    """What the spans say was compared; otherwise names, status and tokens alone."""

    @property
    def differences(self) -> tuple[int, ...]:
        """The rows that are not the same."""
        return tuple(at for at, row in enumerate(self.rows) if row.state != "same")

    @property
    def shared(self) -> int:
        """Steps that stand for each other."""
        return sum(row.left is not None and row.right is not None for row in self.rows)


def imprint(content: Content) -> Imprint:
    """Take the imprint of what a span says."""
    system = [message for message in content.input_messages if message.role == "system"]
    asked = [message for message in content.input_messages if message.role != "system"]
    given = messages_text(asked) if asked else content.input
    said = messages_text(content.output_messages) if content.output_messages else content.output
    parameters = own_parameters(content)
    flat = parameters.items() if isinstance(parameters, dict) else ()
    return Imprint(
        given="" if given is None else digest(given),
        said="" if said is None else digest(said),
        system=digest(messages_text(system)) if system else "",
        tools=tuple(
            (tool.name, digest([tool.description, tool.parameters])) for tool in content.tool_definitions
        ),
        parameters=tuple((key, _line(as_text(value))) for key, value in list(flat)[:_MOST_PARAMETERS]),
        line=_line(_last(asked) or _pairs(content.input)),
        answer=_line(_last(content.output_messages) or _pairs(content.output)),
    )


def own_parameters(content: Content) -> AttributeValue:
    """What a model was called with, but for what stands for itself: the model, the tools offered."""
    found = steady(read_json(content.parameters))
    if not isinstance(found, dict):
        return found
    told = _TOLD_ELSEWHERE if content.tool_definitions else frozenset({"model"})
    return {key: value for key, value in found.items() if key not in told} or None


def _last(messages: Sequence[Message]) -> str:
    return " ".join(part_text(part) for part in messages[-1].parts) if messages else ""


def _pairs(value: AttributeValue) -> str:
    """An object as `city=Oslo, days=3`; anything else as it is."""
    found = read_json(value)
    if isinstance(found, dict):
        return ", ".join(f"{key}={as_text(inner)}" for key, inner in found.items())
    return "" if value is None else as_text(value)


def _line(text: str) -> str:
    # A prompt can be megabytes; no more of it is folded into one line than can be seen.
    words = " ".join(text[: 4 * _LINE].split())
    return words if len(words) <= _LINE else words[: _LINE - 1] + "\N{HORIZONTAL ELLIPSIS}"


def label(row: TreeRow) -> str:
    """What a step is known by: the tool called, the model called, the agent, else the span's name."""
    seen = row.reading.observation
    if seen.kind == Kind.TOOL:
        return seen.tool_name or row.reading.name
    if seen.kind in MODEL_KINDS:
        return seen.model or seen.request_model or row.reading.name
    if seen.kind == Kind.AGENT:
        return seen.agent_name or row.reading.name
    return row.reading.name


def compare(
    left: Tree,
    right: Tree,
    left_said: Mapping[str, Imprint] | None = None,
    right_said: Mapping[str, Imprint] | None = None,
) -> Comparison:
    """Align two traces and say what differs; without imprints (by span id) only in what the trees say."""
    mine, others = left_said or {}, right_said or {}
    aligned = align(_nodes(left, mine), _nodes(right, others))
    rows = tuple(_compared(each, left, right, mine, others) for each in aligned.rows)
    return Comparison(
        rows=rows,
        folds=tuple(folds(aligned.rows, _rounds(left), _rounds(right))),
        first=_first(rows, aligned.rows),
        way=aligned.way,
        is_read=left_said is not None and right_said is not None,
    )


def _nodes(tree: Tree, said: Mapping[str, Imprint]) -> list[Node]:
    names = [(row.reading.observation.kind.value, label(row)) for row in tree.rows]
    out = []
    for row, (_, name) in zip(tree.rows, names, strict=True):
        found = said.get(row.span_id, NO_IMPRINT)
        parent = ("", "") if row.parent is None else names[row.parent]
        kind = row.reading.observation.kind
        out.append(Node(kind, name, row.depth, parent, found.given, found.said))
    return out


def _rounds(tree: Tree) -> list[Round]:
    return [
        Round(loop.first, loop.last, tuple((kind.value, name) for kind, name in loop.steps))
        for loop in find_loops(tree)
    ]


def _compared(
    pair: Pairing, left: Tree, right: Tree, mine: Mapping[str, Imprint], others: Mapping[str, Imprint]
) -> ComparedRow:
    a = None if pair.left is None else left.rows[pair.left]
    b = None if pair.right is None else right.rows[pair.right]
    if a is None or b is None:
        return ComparedRow(a, b, "left" if b is None else "right")
    found = aspects(a, b, mine.get(a.span_id, NO_IMPRINT), others.get(b.span_id, NO_IMPRINT))
    return ComparedRow(a, b, "changed" if found else "same", found)


def aspects(left: TreeRow, right: TreeRow, mine: Imprint, other: Imprint) -> tuple[Aspect, ...]:
    """In what two steps differ, in the order of `Aspect`."""
    a, b = left.reading.observation, right.reading.observation
    is_model = a.kind in MODEL_KINDS
    differing = {
        Aspect.NAME: label(left) != label(right) and not is_model,
        Aspect.MODEL: label(left) != label(right) and is_model,
        Aspect.STATUS: _status(left) != _status(right),
        Aspect.SYSTEM: mine.system != other.system,
        Aspect.TOOLS: sorted(mine.tools) != sorted(other.tools),
        Aspect.PARAMETERS: sorted(mine.parameters) != sorted(other.parameters),
        Aspect.INPUT: mine.given != other.given,
        Aspect.OUTPUT: mine.said != other.said,
        Aspect.TOKENS: (a.usage.input, a.usage.output, a.usage.total)
        != (b.usage.input, b.usage.output, b.usage.total),
    }
    return tuple(aspect for aspect, differs in differing.items() if differs)


def _status(row: TreeRow) -> tuple[bool, str]:
    """Whether it ended, and how; two errors are the same where they are of one type and message."""
    failure = row.resolved.failure or row.reading.observation.failure
    return bool(row.reading.end_ns), failure.line if failure else ""


def _first(rows: Sequence[ComparedRow], pairs: Sequence[Pairing]) -> int | None:
    """The earliest difference. An outer step's answer comes after all that happened inside it."""
    lefts = {pair.left: at for at, pair in enumerate(pairs)}
    rights = {pair.right: at for at, pair in enumerate(pairs)}
    ends = list(range(len(rows)))
    for at in range(len(rows) - 1, -1, -1):
        row = rows[at]
        for span, places in ((row.left, lefts), (row.right, rights)):
            if span is not None and span.parent is not None:
                parent = places[span.parent]
                ends[parent] = max(ends[parent], ends[at])
    moments = [_moment(row, at, ends[at]) for at, row in enumerate(rows) if row.state != "same"]
    return min(moments)[-1] if moments else None


def _moment(row: ComparedRow, at: int, end: int) -> tuple[int, int, int, int]:
    """(row after which it is known, whether at an end, innermost first, the row)."""
    if row.state != "changed" or not _AT_ITS_START.isdisjoint(row.aspects):
        return at, 0, 0, at
    return end, 1, -at, at
