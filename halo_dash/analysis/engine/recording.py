"""The run as a trace: its agents, its calls of models and its uses of tools, written as they end.

Ids of spans follow from the place in the run, so that what is written twice after a crash is one span.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from halo_dash.analysis.provider.wire import AssistantItem, Item, Reply, SystemItem, ToolCall, ToolItem
from halo_dash.model.run import RunOptions, RunUsage
from halo_dash.model.span import Span
from halo_dash.semconv import engine_spans

if TYPE_CHECKING:
    from halo_dash.analysis.engine.calls import Question

Sink = Callable[[Sequence[Span]], object]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Work:
    """An agent that has begun."""

    path: str
    parent: str
    """Place of what called it."""
    question: str
    start_ns: int


class Recorder:
    """Of one run. Thread-safe. A trace that cannot be written never ends a run."""

    def __init__(self, trace_id: str, run_id: str, conversation_id: str, sink: Sink) -> None:
        self.trace_id = trace_id
        self.price_provider: str | None = None
        """As the budget has it, so that the trace is charged what the run is."""
        self._run_id, self._conversation_id, self._sink = run_id, conversation_id, sink
        self._is_failed = False
        self._lock = threading.Lock()

    def began(self, work: Work) -> None:
        """An agent sets to work."""
        self._write(lambda: self._agent(work, 0))

    def ended(self, work: Work, end_ns: int, answer: str = "", error: str = "") -> None:
        """It has answered, or was ended."""
        self._write(lambda: self._agent(work, end_ns, answer, error))

    def _agent(self, work: Work, end_ns: int, answer: str = "", error: str = "") -> Span:
        return engine_spans.agent_span(
            self.trace_id,
            self.span_id(f"agent {work.path}"),
            self.span_id(work.parent) if work.parent else "",
            work.start_ns,
            end_ns,
            conversation_id=self._conversation_id,
            path=work.path,
            question=work.question,
            answer=answer,
            error=error,
        )

    def model_call(self, question: Question, options: RunOptions, reply: Reply, taken: RunUsage) -> None:
        """A model has answered."""
        usage = {"input": taken.input_tokens, "output": taken.output_tokens, "cached": taken.cached_tokens}
        said = AssistantItem(reply.text or reply.refusal, reply.tool_calls)
        tools = [
            {"type": "function", "name": each.name, "description": each.description}
            for each in question.tools
        ]
        self._write(
            lambda: engine_spans.model_span(
                self.trace_id,
                self.span_id(f"model {question.place}"),
                self.span_id(f"agent {question.agent}"),
                reply.started_ns,
                reply.ended_ns,
                role=question.role,
                request_model=reply.asked or reply.model,
                response_model=reply.model,
                said=json.dumps([_message(each) for each in question.new], ensure_ascii=False),
                answered=json.dumps([_message(said) | {"finish_reason": reply.finish}], ensure_ascii=False),
                finish=reply.finish,
                usage=usage,
                cost_usd=taken.cost_usd,
                price_provider=self.price_provider,
                parameters={"temperature": options.temperature, "max_tokens": options.max_output_tokens},
                tools=json.dumps(tools) if tools and question.turn == 1 else "",
            )
        )

    def tool_call(
        self, agent: str, place: str, call: ToolCall, period: tuple[int, int], text: str, *, is_error: bool
    ) -> None:
        """A tool has answered."""
        self._write(
            lambda: engine_spans.tool_span(
                self.trace_id,
                self.span_id(f"tool {place}"),
                self.span_id(f"agent {agent}"),
                *period,
                name=call.name,
                call_id=call.call_id,
                arguments=call.arguments,
                result=text,
                error=f"tool error: {text[:500]}" if is_error else "",
            )
        )

    def span_id(self, place: str) -> str:
        """Follows from the run and the place in it."""
        return blake2b(f"{self._run_id} {place}".encode(), digest_size=8).hexdigest()

    def _write(self, made: Callable[[], Span]) -> None:
        try:
            self._sink((made(),))
        except Exception as error:  # noqa: BLE001 - whatever a model wrote cannot be told: the run matters more
            with self._lock:
                if not self._is_failed:
                    _log.warning("The trace of run %s is not whole: %s", self._run_id, error)
                self._is_failed = True


def _message(item: Item) -> dict[str, Any]:
    if isinstance(item, AssistantItem):
        calls = [(each.call_id, each.name, each.arguments) for each in item.tool_calls]
        return engine_spans.call_message(item.text, calls)
    if isinstance(item, ToolItem):
        return engine_spans.result_message(item.call_id, item.text)
    return engine_spans.text_message("system" if isinstance(item, SystemItem) else "user", item.text)
