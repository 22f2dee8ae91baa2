"""Turns the demo's scripts into spans: gives them ids, times and tokens."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, field

from halo_dash.model.span import Attributes, Event, Resource, Scope, Span, SpanKind, StatusCode
from halo_dash.transfer.demo import dialects
from halo_dash.transfer.demo.dialects import ModelCall, Turn
from halo_dash.transfer.demo.script import (
    Agent,
    Ask,
    Handoff,
    Refused,
    Retrieve,
    Run,
    Say,
    Step,
    Trouble,
    Use,
)

_NS = 1_000_000_000
_CHARACTERS_A_TOKEN = 4
_EMBEDDING_MODEL = "text-embedding-3-small"


@dataclass(slots=True)
class Recorder:
    """Records one run. Ids depend on `key` alone, so that the demo's links stay the same every day."""

    key: str
    run: Run
    start_ns: int
    session: str
    user: str
    version: str
    _rng: random.Random = field(init=False)
    _spans: list[Span] = field(init=False, default_factory=list)
    _now_ns: int = field(init=False)
    _trace_id: str = field(init=False)
    _resource: Resource = field(init=False)
    _scope: Scope = field(init=False)
    _counter: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._rng = random.Random(self.key)  # noqa: S311  # a story, not a secret
        self._now_ns = self.start_ns
        self._trace_id = _digest(self.key)[:32]
        self._resource = dialects.resource_of(self.run.agent, self.version)
        self._scope = dialects.scope_of(self.run.agent)

    def spans(self) -> tuple[Span, ...]:
        """The spans of the run in the order in which they end, as an SDK exports them."""
        run = self.run
        history = [Turn(role, text) for turn in run.history for role, text in zip(_ROLES, turn, strict=True)]
        root_id = self._new_id()
        self._pass(0.004)
        answer = self._agent_steps(run.agent, root_id, [*history, Turn("user", run.question)], run.steps)
        self._pass(0.003)
        root = self._span(
            f"invoke_agent {run.agent.name}",
            root_id,
            "",
            self.start_ns,
            dialects.agent_attributes(run.agent, run.question, answer, self.session, self.user),
            trouble=run.failed,
            is_open=run.cut == "running",
        )
        return tuple(self._spans) if run.cut == "rootless" else (*self._spans, root)

    def _agent_steps(self, agent: Agent, parent: str, history: list[Turn], steps: tuple[Step, ...]) -> str:
        """Records `steps` below `parent`; gives the answer, `""` when there is none."""
        answer = ""
        for step in steps:
            if isinstance(step, Ask):
                self._ask(agent, parent, history, step)
            elif isinstance(step, Refused):
                self._refused(agent, parent, history, step)
            elif isinstance(step, Retrieve):
                self._retrieve(parent, history, step)
            elif isinstance(step, Handoff):
                answer = self._handoff(agent, parent, history, step)
            else:
                answer = self._say(agent, parent, history, step)
        return answer

    def _say(self, agent: Agent, parent: str, history: list[Turn], step: Say) -> str:
        self._model(agent, parent, history, Turn("assistant", step.text), step.finish_reason)
        return step.text

    def _ask(self, agent: Agent, parent: str, history: list[Turn], step: Ask) -> None:
        calls = tuple((f"call_{self._new_id()[:12]}", use) for use in step.uses)
        self._model(agent, parent, history, Turn("assistant", step.text, calls), "tool_calls")
        begun = self._now_ns
        latest = begun
        for call_id, use in calls:
            self._now_ns = begun + self._rng.randint(50_000, 400_000)
            self._tool(agent, parent, call_id, use)
            latest = max(latest, self._now_ns)
            history.append(Turn("tool", answers=(call_id, use)))
        self._now_ns = latest
        self._pass(0.002)

    def _tool(self, agent: Agent, parent: str, call_id: str, use: Use) -> None:
        start = self._now_ns
        if use.trouble:
            # A time-out of ten seconds takes ten seconds.
            self._now_ns += int(use.seconds * _NS) + self._rng.randint(1_000_000, 9_000_000)
        else:
            self._pass(use.seconds * self._rng.uniform(0.85, 1.2))
        said = dialects.tool_attributes(agent, call_id, use)
        self._add(f"execute_tool {use.tool}", parent, start, said, trouble=use.trouble)

    def _model(
        self, agent: Agent, parent: str, history: list[Turn], output: Turn, finish_reason: str
    ) -> None:
        offered = dialects.definitions_size(agent) // _CHARACTERS_A_TOKEN
        input_tokens = _tokens(agent.system) + offered + sum(_turn_tokens(turn) for turn in history)
        output_tokens = _turn_tokens(output)
        cached = input_tokens * 7 // 10 if len(history) > 4 and agent.dialect == "gen_ai" else 0
        call = ModelCall(
            agent,
            tuple(history),
            output,
            finish_reason,
            response_id=f"resp_{self._new_id()}",
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            cached_tokens=cached,
        )
        start = self._now_ns
        self._pass(self._rng.uniform(0.35, 0.9) + input_tokens / 9_000 + output_tokens / agent.tokens_per_s)
        self._add(f"chat {agent.model}", parent, start, dialects.model_attributes(call), SpanKind.CLIENT)
        history.append(output)
        self._pass(0.003)

    def _refused(self, agent: Agent, parent: str, history: list[Turn], step: Refused) -> None:
        start = self._now_ns
        self._pass(step.seconds)
        said = dialects.model_attributes(ModelCall(agent, tuple(history), None))
        self._add(f"chat {agent.model}", parent, start, said, SpanKind.CLIENT, trouble=step.trouble)
        self._pass(self._rng.uniform(0.8, 2.4))

    def _retrieve(self, parent: str, history: list[Turn], step: Retrieve) -> None:
        start = self._now_ns
        retriever = self._new_id()
        self._pass(0.002)
        embedding_start = self._now_ns
        self._pass(self._rng.uniform(0.06, 0.14))
        said = dialects.embedding_attributes(step.query, _EMBEDDING_MODEL, _tokens(step.query))
        self._add("embed question", retriever, embedding_start, said, SpanKind.CLIENT)
        self._pass(step.seconds)
        self._spans.append(
            self._span("search handbook", retriever, parent, start, dialects.retriever_attributes(step))
        )
        found = "\n\n".join(text for _, _, text in step.documents) or "(nothing found)"
        history[-1] = Turn("user", f"{history[-1].text}\n\nExcerpts:\n{found}")
        self._pass(0.002)

    def _handoff(self, agent: Agent, parent: str, history: list[Turn], step: Handoff) -> str:
        use = Use(f"transfer_to_{step.to.id}", {}, result=f"Transferred to {step.to.name}.", seconds=0.002)
        self._ask(agent, parent, history, Ask((use,)))
        start, inner = self._now_ns, self._new_id()
        self._pass(0.004)
        question = self.run.question
        answer = self._agent_steps(step.to, inner, history, step.steps)
        said = dialects.agent_attributes(step.to, question, answer, self.session, self.user)
        self._spans.append(self._span(f"invoke_agent {step.to.name}", inner, parent, start, said))
        return answer

    def _add(
        self,
        name: str,
        parent: str,
        start_ns: int,
        attributes: Attributes,
        kind: SpanKind = SpanKind.INTERNAL,
        *,
        trouble: Trouble | None = None,
    ) -> None:
        self._spans.append(
            self._span(name, self._new_id(), parent, start_ns, attributes, kind=kind, trouble=trouble)
        )

    def _span(
        self,
        name: str,
        span_id: str,
        parent: str,
        start_ns: int,
        attributes: Attributes,
        *,
        kind: SpanKind = SpanKind.INTERNAL,
        trouble: Trouble | None = None,
        is_open: bool = False,
    ) -> Span:
        events: tuple[Event, ...] = (dialects.exception_event(trouble, self._now_ns),) if trouble else ()
        return Span(
            trace_id=self._trace_id,
            span_id=span_id,
            parent_span_id=parent,
            name=name,
            kind=kind,
            start_ns=start_ns,
            end_ns=0 if is_open else self._now_ns,
            status_code=StatusCode.ERROR if trouble else StatusCode.UNSET,
            status_message=trouble.message if trouble else "",
            attributes=attributes | dialects.error_attributes(trouble),
            events=events,
            resource=self._resource,
            scope=self._scope,
        )

    def _pass(self, seconds: float) -> None:
        self._now_ns += int(seconds * self._rng.uniform(0.92, 1.08) * _NS)

    def _new_id(self) -> str:
        self._counter += 1
        return _digest(f"{self.key}:{self._counter}")[:16]


_ROLES = ("user", "assistant")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _tokens(text: str) -> int:
    return 4 + len(text) // _CHARACTERS_A_TOKEN


def _turn_tokens(turn: Turn) -> int:
    called = sum(len(use.tool) + len(str(use.arguments)) for _, use in turn.calls)
    answered = len(str(turn.answers[1].result)) if turn.answers else 0
    return 4 + (len(turn.text) + called + answered) // _CHARACTERS_A_TOKEN
