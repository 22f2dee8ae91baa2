"""The tools of an agent: those for reading, and those that the engine itself has."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from halo_dash.analysis.engine.arguments import (
    CodeArguments,
    ItemArguments,
    SubagentArguments,
    SynthesisArguments,
    read_arguments,
    schema_of,
)
from halo_dash.analysis.engine.asking import Asked, Asking, unanswered
from halo_dash.analysis.engine.context import Context
from halo_dash.analysis.engine.crew import Crew, Place, Told
from halo_dash.analysis.engine.library import Bound, Library
from halo_dash.analysis.provider.wire import AssistantItem, ToolSpec
from halo_dash.errors import NotFoundError

ITEM_PAGE: Final = 60_000
"""Characters of an item that are given at once."""
PORTION: Final = 120_000
"""Characters of traces that one call of the synthesis reads."""


@dataclass(frozen=True, slots=True)
class ReadingTool:
    """One of the typed tools over the selection."""

    bound: Bound
    is_sequential: bool = False
    is_waiting: bool = False

    @property
    def spec(self) -> ToolSpec:
        """See `Tool`."""
        return self.bound.spec

    def call(self, arguments: str, _place: Place) -> Told:
        """See `Tool`."""
        answered = self.bound.call(arguments)
        return Told(answered.text, answered.is_error)


@dataclass(frozen=True, slots=True)
class ContextItem:
    """`get_context_item`: what a summary stands for, whole."""

    context: Context
    is_sequential: bool = False
    is_waiting: bool = False
    spec: ToolSpec = field(
        default=ToolSpec(
            "get_context_item",
            "An earlier item of this conversation, whole, after it was replaced by a summary.",
            schema_of(ItemArguments),
        )
    )

    def call(self, arguments: str, _place: Place) -> Told:
        """See `Tool`."""
        given = read_arguments(ItemArguments, arguments, {"id": 12})
        entry = self.context.find(given.id)
        if entry is None:
            raise NotFoundError(f"There is no item {given.id}.", hint="The summary lists their numbers.")
        text = entry.item.text
        if isinstance(entry.item, AssistantItem):
            text += "".join(f"\ncalled {each.name} with {each.arguments}" for each in entry.item.tool_calls)
        end = given.offset + ITEM_PAGE
        rest = f"\n… {len(text) - end:,} more characters: offset {end}" if len(text) > end else ""
        return Told(text[given.offset : end] + rest)


Spawn: TypeAlias = Callable[[str, Place, SubagentArguments, Library], dict[str, Any]]
"""(key that names the call, its place, what is asked, what the caller may read) -> the answer."""


@dataclass(frozen=True, slots=True)
class CallSubagent:
    """`call_subagent`."""

    library: Library
    spawn: Spawn
    number: Callable[[str], object]
    """Gives the subagent of a key its path."""
    is_sequential: bool = False
    is_waiting: bool = True
    spec: ToolSpec = field(
        default=ToolSpec(
            "call_subagent",
            "Give a question and a narrower selection to an agent of its own; it reads, counts and cites.",
            schema_of(SubagentArguments),
        )
    )

    def call(self, arguments: str, place: Place) -> Told:
        """See `Tool`."""
        example = {"question": "Why do these refunds fail?", "filter": {"tool": ["refund"]}}
        given = read_arguments(SubagentArguments, arguments, example)
        answer = self.spawn(place.key, place, given, self.library)
        return Told(json.dumps(answer, ensure_ascii=False))


@dataclass(frozen=True, slots=True)
class SynthesizeTraces:
    """`synthesize_traces`: a sub-model reads whole traces, in portions."""

    crew: Crew
    library: Library
    is_sequential: bool = False
    is_waiting: bool = True
    spec: ToolSpec = field(
        default=ToolSpec(
            "synthesize_traces",
            "Let a model read up to 50 whole traces and answer a question about them, with quotes.",
            schema_of(SynthesisArguments),
        )
    )

    def call(self, arguments: str, place: Place) -> Told:
        """See `Tool`."""
        example = {"trace_ids": ["<32 hexadecimal digits>"], "question": "What do they have in common?"}
        given = read_arguments(SynthesisArguments, arguments, example)
        asking = Asking(self.crew, place)
        portions = self._portions(list(dict.fromkeys(given.trace_ids)))
        asked = [Asked(given.question, each, asking.number()) for each in portions]
        found = asking.answers(asked, "synthesis")
        failed = [each for each in found if not isinstance(each, str)]
        if len(failed) == len(found):
            raise failed[0]
        answers = [each if isinstance(each, str) else unanswered(each) for each in found]
        if len(answers) == 1:
            return Told(answers[0])
        parts = "\n\n".join(f"## Part {number}\n{text}" for number, text in enumerate(answers, 1))
        together = (
            f"Put these partial answers together; add up what they count.\n\nThe question: {given.question}"
        )
        (whole,) = asking.answers([Asked(together, parts, asking.number())], "synthesis")
        if isinstance(whole, str):
            return Told(whole)
        # The parts are paid: they are better than a word that they could not be put together.
        return Told(f"{unanswered(whole)}\n\n{parts}")

    def _portions(self, trace_ids: list[str]) -> list[str]:
        """All of the traces; one that is longer than a portion goes on in the next."""
        portions: list[str] = []
        current = ""
        for trace_id in trace_ids:
            whole = self.library.whole(trace_id)
            for start in range(0, max(1, len(whole)), PORTION):
                goes_on = " (goes on)" if start else ""
                text = f"# Trace {trace_id}{goes_on}\n{whole[start : start + PORTION]}\n\n"
                if current and len(current) + len(text) > PORTION:
                    portions.append(current)
                    current = ""
                current += text
        return [*portions, current]


CODE_TOOL: Final = ToolSpec(
    "run_code",
    "Run a cell of code in your own environment. Variables stay for the next cell; what is printed and the "
    "value of a last expression come back.",
    schema_of(CodeArguments),
)


def read_code(arguments: str) -> str:
    """The cell of a call of `run_code`. Raises `InvalidInputError`."""
    return read_arguments(CodeArguments, arguments, {"code": "print(count({'status': 'error'}))"}).code
