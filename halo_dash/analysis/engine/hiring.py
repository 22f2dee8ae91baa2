"""Making agents: the root, and subagents of any depth below it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from halo_dash.analysis.engine.agent import Agent, Work
from halo_dash.analysis.engine.arguments import SubagentArguments
from halo_dash.analysis.engine.code import CodeRoom, OpenSession
from halo_dash.analysis.engine.context import Context, Entry
from halo_dash.analysis.engine.crew import Crew, Place, Post, Tool
from halo_dash.analysis.engine.library import Library
from halo_dash.analysis.engine.prompts import prompt
from halo_dash.analysis.engine.recording import Work as Recorded
from halo_dash.analysis.engine.tools import CallSubagent, ContextItem, ReadingTool, Spawn, SynthesizeTraces
from halo_dash.analysis.provider.wire import Stopped
from halo_dash.analysis.report.reading import read_answer
from halo_dash.analysis.report.tools import ANSWER_TOOL
from halo_dash.errors import ProviderError
from halo_dash.model.report import Report
from halo_dash.model.run import RunUsage
from halo_dash.store.runs.values import Memo

LEAST_TURNS = 5
SHARE_OF_TURNS = 3
_MOST_TRACES = "50"


@dataclass(frozen=True, slots=True)
class Hiring:
    """Of one run."""

    crew: Crew
    open_session: OpenSession | None
    """None: there is no code environment."""
    environment: str
    """What the model is told of it."""

    @property
    def sub_turns(self) -> int:
        """Turns of a subagent."""
        return max(LEAST_TURNS, self.crew.run.request.limits.max_turns // SHARE_OF_TURNS)

    def at_work(self, post: Post, library: Library, prepare: Callable[[Context], None] | None = None) -> Work:
        """Let an agent work until it has answered; goes on where it was.

        `prepare` may add to its context before. Raises `ProviderError`, `Stopped`, `OvertakenError`.
        """
        crew = self.crew
        stored = crew.journal.store.runs.items(crew.run.run_id, post.path)
        context = Context(map(Entry.read, stored))
        if prepare is not None:
            prepare(context)
        tools, room = self._tools(post, library, context)
        began_ns = crew.run.started_ns if post.is_root else None
        recorded = Recorded(post.path, post.caller, post.question, began_ns or crew.journal.clock())
        crew.recorder.began(recorded)
        try:
            work = Agent(crew, post, tools, context).work()
        except ProviderError as error:
            crew.recorder.ended(recorded, crew.journal.clock(), error=error.message)
            raise
        except Stopped:
            if crew.halt.reason in {"cancelled", "timed_out"}:
                crew.recorder.ended(recorded, crew.journal.clock(), error=crew.halt.reason)
            raise
        finally:
            if room is not None:
                room.close()
        answer = work.notes if work.report is None else work.report.summary
        crew.recorder.ended(recorded, crew.journal.clock(), answer, work.reason)
        return work

    def code_words(self) -> str:
        """The part of the instructions on the code environment."""
        return prompt("no_code") if self.open_session is None else self.environment

    def how_to_read(self) -> str:
        """How an agent goes about it."""
        return prompt("how_to_read_tools" if self.open_session is None else "how_to_read")

    def subagent_words(self, depth: int) -> str:
        """The part of the instructions on subagents, for an agent at this depth."""
        limits = self.crew.run.request.limits
        if limits.max_depth == 0:
            return prompt("no_subagents")
        parallel = str(self.crew.calls.max_parallel)
        if depth >= limits.max_depth:
            return prompt("asking_only", parallel=parallel, traces=_MOST_TRACES)
        return prompt("subagents", parallel=parallel, traces=_MOST_TRACES, turns=str(self.sub_turns))

    def _tools(
        self, post: Post, library: Library, context: Context
    ) -> tuple[dict[str, Tool], CodeRoom | None]:
        max_depth = self.crew.run.request.limits.max_depth
        spawn = self._spawner(post) if post.depth < max_depth else None
        tools: list[Tool] = [ReadingTool(each) for each in library.tools()]
        room = None
        if self.open_session is not None:
            room = CodeRoom(self.crew, library, self.open_session, post.path, spawn)
            tools.append(room)
        if max_depth > 0:
            tools.append(SynthesizeTraces(self.crew, library))
        if spawn is not None:
            number = partial(self.crew.journal.child, parent=post.path)
            tools.append(CallSubagent(library, spawn, number))
        tools.append(ContextItem(context))
        return {each.spec.name: each for each in tools}, room

    def _spawner(self, parent: Post) -> Spawn:
        def spawn(key: str, place: Place, given: SubagentArguments, library: Library) -> dict[str, Any]:
            return self._subagent(parent, key, place, given, library)

        return spawn

    def _subagent(
        self, parent: Post, key: str, place: Place, given: SubagentArguments, library: Library
    ) -> dict[str, Any]:
        # The filter is read first: a wrong one is told before anything is noted.
        narrowed = library.narrowed(given.filter, given.trace_ids)
        path, answer = self.crew.journal.child(key, parent.path)
        if answer is not None:
            found: dict[str, Any] = json.loads(answer)
            return found
        mine = narrowed.for_agent(path)
        journal = self.crew.journal
        journal.tell(
            "subagent", parent.path, place.turn, child=path, question=given.question, state="started"
        )
        ending = partial(
            journal.event,
            "subagent",
            parent.path,
            place.turn,
            child=path,
            question=given.question,
            state="ended",
        )
        try:
            work = self._worked(self._post(parent, path, place, given, mine), mine)
        except ProviderError as error:
            journal.step(events=[ending(answer=f"The model of the subagent failed: {error.message}")])
            raise
        told = written(work)
        ended = ending(answer=told["answer"])
        memo = Memo(key, path, json.dumps(told, ensure_ascii=False))
        journal.step(events=[ended], memos=[memo], taken=RunUsage(subagents=1))
        return told

    def _worked(self, post: Post, library: Library) -> Work:
        try:
            return self.at_work(post, library)
        except ProviderError as error:
            if error.kind in {"auth", "no_key", "no_model", "quota"}:
                raise
            # Its model failed; the agent above may ask otherwise, or go on without.
            return Work(None, f"The model of the subagent failed: {error.message}")

    def _post(
        self, parent: Post, path: str, place: Place, given: SubagentArguments, library: Library
    ) -> Post:
        depth = parent.depth + 1
        system = prompt(
            "subagent",
            how_to_read=self.how_to_read(),
            code=self.code_words(),
            subagents=self.subagent_words(depth),
            selection=library.about(),
        )
        return Post(
            path=path,
            depth=depth,
            role="subagent",
            question=given.question,
            system=system,
            max_turns=self.sub_turns,
            answer_tool=ANSWER_TOOL,
            read_answer=read_answer,
            caller=f"tool {place.key}",
        )


def written(work: Work) -> dict[str, Any]:
    """The answer of a subagent as its caller gets it."""
    if work.report is None:
        return {"answer": work.notes or "(nothing was found)", "citations": [], "ended_early": work.reason}
    told: dict[str, Any] = {
        "answer": work.report.summary,
        "citations": _citations(work.report),
        "not_judged": list(work.report.not_judged),
    }
    return {**told, "ended_early": work.reason} if work.reason else told


def _citations(report: Report) -> list[dict[str, Any]]:
    cited = [*report.citations, *(each for finding in report.findings for each in finding.evidence)]
    return [
        {
            "trace_id": each.trace_id,
            "span_id": each.span_id,
            "field": each.field,
            "quote": each.quote,
            "is_verified": each.is_verified,
        }
        for each in cited
    ]
