"""TOOL spans beside the conversation: which call each answers, and the results nobody repeated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from halo_dash.model.message import ToolCall, ToolResult
from halo_dash.model.span import AttributeValue
from halo_dash.semconv.call_groups import SpanContent, TraceSpans
from halo_dash.semconv.embedded_json import canonical
from halo_dash.semconv.known_parts import Entry
from halo_dash.semconv.tool_recovery import recovered

_HANDOFF = "handoff to "
"""openai-agents records a handoff as a tool; the model's call for it is in the messages already."""


@dataclass(frozen=True, slots=True)
class ToolRun:
    """A TOOL span with its final arguments and result."""

    span: SpanContent
    arguments: AttributeValue
    result: AttributeValue

    @property
    def name(self) -> str:
        """The tool's name."""
        return self.span.reading.observation.tool_name or self.span.reading.name

    @property
    def is_error(self) -> bool:
        """Whether the tool failed."""
        return self.span.reading.observation.is_error

    def answer(self, call: ToolCall) -> ToolResult | None:
        """The result as the answer to a call; where there is none, the words of the error that ended it."""
        content = self.result
        failure = self.span.resolved.failure or self.span.reading.observation.failure
        if content is None and failure is not None:
            content = failure.message or failure.type
        return None if content is None else ToolResult(content=content, id=call.id, name=call.name or None)


def tool_runs(trace: TraceSpans) -> list[ToolRun]:
    """The tools that ran in a trace, in order of start; handoffs are none."""
    runs: list[ToolRun] = []
    for span_id, (arguments, result) in recovered(trace).items():
        run = ToolRun(trace.contents[span_id], arguments, result)
        if not run.name.startswith(_HANDOFF) and not run.span.reading.name.startswith(_HANDOFF):
            runs.append(run)
    return runs


@dataclass(slots=True)
class Answered:
    """A thread's entries with the tools' part in them."""

    entries: list[Entry] = field(default_factory=list)
    runs: dict[int, ToolRun] = field(default_factory=dict)
    """Index of a tool result -> the run that gave it."""
    told: list[tuple[Entry, ToolResult]] = field(default_factory=list)
    """Calls whose result only a TOOL span holds, with that result."""
    open: list[Entry] = field(default_factory=list)
    """Calls that nobody answered."""

    def add(self, entry: Entry, run: ToolRun | None = None) -> None:
        """Append an entry; a tool result with the run that gave it."""
        if run is not None:
            self.runs[len(self.entries)] = run
        self.entries.append(entry)


def with_answers(
    entries: Sequence[Entry], runs: Sequence[ToolRun], waiting: Sequence[Entry] = ()
) -> Answered:
    """The entries of one trace with the results that only TOOL spans hold put behind their calls.

    Where the messages hold no tool call at all, the TOOL spans supply calls and results, placed by time.
    `waiting` are calls of earlier traces that nobody has answered yet; what this trace answers of them
    stands at its start.
    """
    whole = [*waiting, *entries]
    calls = [index for index, entry in enumerate(whole) if isinstance(entry.part, ToolCall)]
    own = [index for index in calls if index >= len(waiting)]
    run_of = _pair(whole, [*own, *calls[: len(calls) - len(own)]], runs)
    result_of = results_of(whole)
    given = {result: run for call, result in result_of.items() if (run := run_of.get(call))}
    block_ends = _block_ends(whole)
    missing: dict[int, list[tuple[Entry, ToolRun]]] = {}
    answered = Answered()
    for call in calls:
        run = run_of.get(call)
        if call in result_of:
            continue
        if run is None or (entry := _answer(whole[call], run)) is None:
            answered.open.append(whole[call])
            continue
        if isinstance(entry.part, ToolResult):
            answered.told.append((whole[call], entry.part))
        if call < len(waiting):
            answered.add(entry, run)
        else:
            missing.setdefault(block_ends[call], []).append((entry, run))
    used = {id(run) for run in run_of.values()}
    loose = [] if own or not entries else [run for run in reversed(runs) if id(run) not in used]
    for index, entry in enumerate(entries, len(waiting)):
        while loose and loose[-1].span.reading.start_ns < entry.time_ns:
            _add_run(answered, loose.pop())
        answered.add(entry, given.get(index))
        for late, run in missing.get(index, ()):
            answered.add(late, run)
    while loose:
        _add_run(answered, loose.pop())
    return answered


def _answer(call: Entry, run: ToolRun) -> Entry | None:
    part = run.answer(call.part) if isinstance(call.part, ToolCall) else None
    if part is None:
        return None
    return Entry(part, "tool", run.span, call.message, None, run.span.reading.start_ns)


def _block_ends(entries: Sequence[Entry]) -> list[int]:
    """For each entry, the last of the calls and results that follow one another from it on."""
    ends = list(range(len(entries)))
    for index in range(len(entries) - 2, -1, -1):
        if isinstance(entries[index + 1].part, ToolCall | ToolResult):
            ends[index] = ends[index + 1]
    return ends


def results_of(entries: Sequence[Entry]) -> dict[int, int]:
    """Call -> its result. An id-less result answers the calls right before it, in order."""
    by_id: dict[str, int] = {}
    waiting: list[int] = []
    found: dict[int, int] = {}
    for index, entry in enumerate(entries):
        part = entry.part
        if isinstance(part, ToolCall):
            if index and not isinstance(entries[index - 1].part, ToolCall):
                waiting = []
            waiting.append(index)
            if part.id is not None:
                by_id[part.id] = index  # a result answers the latest call of its id
        elif isinstance(part, ToolResult):
            call = by_id.get(part.id) if part.id is not None else _next_waiting(entries, waiting, part)
            if call is not None:
                found.setdefault(call, index)
                if call in waiting:
                    waiting.remove(call)
    return found


def _next_waiting(entries: Sequence[Entry], waiting: Sequence[int], result: ToolResult) -> int | None:
    named = (i for i in waiting if isinstance(part := entries[i].part, ToolCall) and part.name == result.name)
    return next(named, waiting[0] if waiting else None)


def runs_of(entries: Sequence[Entry], runs: Sequence[ToolRun]) -> dict[int, ToolRun]:
    """Index of a tool call -> the run it started."""
    return _pair(entries, [i for i, entry in enumerate(entries) if isinstance(entry.part, ToolCall)], runs)


def _pair(entries: Sequence[Entry], calls: Sequence[int], runs: Sequence[ToolRun]) -> dict[int, ToolRun]:
    """Call -> the run it started: by id; else by tool and arguments; else by tool, in order."""
    paired: dict[int, ToolRun] = {}
    used: set[int] = set()

    def part(call: int) -> ToolCall:
        found = entries[call].part
        return found if isinstance(found, ToolCall) else ToolCall("")

    def match(
        call_key: Callable[[int], object], run_key: Callable[[ToolRun], object], *, has_ids: bool
    ) -> None:
        if len(paired) == len(calls) or len(used) == len(runs):
            return
        waiting: dict[object, list[int]] = {}
        for at, run in enumerate(runs):
            key = run_key(run)
            if at not in used and key is not None:
                waiting.setdefault(key, []).append(at)
        for queue in waiting.values():
            queue.reverse()
        for call in calls:
            queue = [] if call in paired else waiting.get(call_key(call), [])
            # Two ids that differ name two different calls, however alike the rest is.
            if queue and (
                has_ids
                or part(call).id is None
                or runs[queue[-1]].span.reading.observation.tool_call_id is None
            ):
                at = queue.pop()
                used.add(at)
                paired[call] = runs[at]

    match(
        lambda call: part(call).id or "", lambda run: run.span.reading.observation.tool_call_id, has_ids=True
    )
    match(
        lambda call: (part(call).name, canonical(part(call).arguments)),
        lambda run: (run.name, canonical(run.arguments)),
        has_ids=False,
    )
    match(lambda call: part(call).name, lambda run: run.name, has_ids=False)
    return paired


def _add_run(answered: Answered, run: ToolRun) -> None:
    start_ns = run.span.reading.start_ns
    call = ToolCall(run.name, run.span.reading.observation.tool_call_id, run.arguments)
    # No message holds this call; a number of its own keeps it apart from the messages around it.
    message = -len(answered.entries) - 1
    answered.add(Entry(call, "assistant", run.span, message, None, start_ns))
    result = run.answer(call)
    if result is not None:
        answered.add(Entry(result, "tool", run.span, message, None, start_ns), run)
