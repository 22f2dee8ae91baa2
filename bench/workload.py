"""A seeded workload: agent traces as an exporter would send them.

A trace has 12-16 spans (an agent, its steps, LLM calls with a growing history, tools); LLM spans carry
3-5 KB of text in about 25 attributes. Spans go out in the order they end, several traces interleaved,
`BATCH` to a request, which makes about 2.5 KB of protobuf a span.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

from halo_dash.model.span import Attributes, Event, Resource, Scope, Span

BATCH = 512
AT_ONCE = 40
START_NS = 1_760_000_000_000_000_000
VOCABULARY = """
the of and to a in is that for it as was with be by on not this are or from at which but have had
they you were their one all we can her has there been if more when will would who so no customer
order invoice account request response error model agent tool result query table value record
search document file path function return data user system message context step plan answer
question summary source link page price total refund ticket status update delete create list
number date service server key string object index memory process task queue report
"""
WORDS = VOCABULARY.split()
MODELS = ("gpt-5-mini", "claude-sonnet-4-5", "gemini-2.5-pro", "gpt-5")
TOOLS = (
    "search_documents",
    "fetch_url",
    "run_sql",
    "read_file",
    "get_customer",
    "create_ticket",
    "calculator",
)
SERVICES = ("support-agent", "research-agent", "coding-agent", "billing-agent")
SCOPE = Scope("openinference.instrumentation.openai", "0.1.30")
RESOURCES = [
    Resource({"service.name": name, "service.version": "1.4.2", "deployment.environment": "production"})
    for name in SERVICES
]


def prose(luck: random.Random, words: int) -> str:
    """Words in a row."""
    return " ".join(luck.choices(WORDS, k=words))


def trace(seed: int, index: int) -> list[Span]:
    """All spans of one trace, in the order in which they end."""
    luck = random.Random(f"{seed}:{index}")
    resource = RESOURCES[index % len(RESOURCES)]
    trace_id = f"{luck.getrandbits(128) | 1:032x}"
    now = START_NS + index * 50_000_000
    service = SERVICES[index % len(SERVICES)]
    common: Attributes = {
        "session.id": f"session-{index // 5}",
        "user.id": f"user-{index % 500}",
        "agent.name": service,
    }

    def new_id() -> str:
        return f"{luck.getrandbits(64) | 1:016x}"

    def span(name: str, parent: str, kind: str, begin: int, more: Attributes, **fields: object) -> Span:
        attributes: Attributes = {"openinference.span.kind": kind} | common | more
        given = {"span_id": new_id(), "start_ns": begin, "end_ns": now, "status_code": 1} | fields
        return Span(
            trace_id,
            parent_span_id=parent,
            name=name,
            kind=1,
            attributes=attributes,
            resource=resource,
            scope=SCOPE,
            **given,  # type: ignore[arg-type] # a few fields by name
        )

    spans: list[Span] = []
    root_id = new_id()
    question = prose(luck, 40)
    history = [("system", prose(luck, 120)), ("user", question)]
    answer = ""
    begin = now
    for step in range(luck.randint(2, 3)):
        step_id, step_begin = new_id(), now
        for _ in range(2):
            started = now
            now += luck.randint(300_000_000, 3_000_000_000)
            answer = prose(luck, luck.randint(40, 120))
            spans.append(
                span(
                    "ChatCompletion", step_id, "LLM", started, _call(luck, history[:2] + history[-3:], answer)
                )
            )
            history.append(("assistant", answer))
            started = now
            now += luck.randint(5_000_000, 900_000_000)
            spans.append(_tool(luck, span, step_id, started))
            history.append(("tool", prose(luck, 60)))
        more: Attributes = {"input.value": question, "output.value": answer}
        spans.append(span(f"step_{step}", root_id, "CHAIN", step_begin, more, span_id=step_id))
    more = {"input.value": question, "output.value": answer}
    spans.append(span(f"{service}.run", "", "AGENT", begin, more, span_id=root_id))
    return spans


def _call(luck: random.Random, history: list[tuple[str, str]], answer: str) -> Attributes:
    sent = [{"role": role, "content": text} for role, text in history]
    out: Attributes = {
        "llm.model_name": luck.choice(MODELS),
        "llm.provider": "openai",
        "output.value": answer,
    }
    for n, message in enumerate(sent):
        out[f"llm.input_messages.{n}.message.role"] = message["role"]
        out[f"llm.input_messages.{n}.message.content"] = message["content"]
    count = sum(len(text) for _, text in history) // 4
    return out | {
        "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.content": answer,
        "llm.token_count.prompt": count,
        "llm.token_count.completion": len(answer) // 4,
        "llm.token_count.total": count + len(answer) // 4,
        "input.value": json.dumps({"messages": sent}),
        "input.mime_type": "application/json",
    }


def _tool(luck: random.Random, span: object, parent: str, started: int) -> Span:
    name = luck.choice(TOOLS)
    more: Attributes = {"tool.name": name, "input.value": json.dumps({"query": prose(luck, 9)})}
    if luck.random() < 0.15:
        told = f"upstream timed out: {prose(luck, 6)}"
        failed: Attributes = {"exception.type": "TimeoutError", "exception.message": told}
        event = Event(started + 1_000, "exception", failed)
        return span(name, parent, "TOOL", started, more, status_code=2, status_message=told, events=(event,))  # type: ignore[operator, no-any-return]
    more["output.value"] = json.dumps({"results": [{"title": prose(luck, 6), "body": prose(luck, 50)}]})
    return span(name, parent, "TOOL", started, more)  # type: ignore[operator, no-any-return]


def batches(traces: int, seed: int = 1) -> Iterator[list[Span]]:
    """Requests of `BATCH` spans."""
    luck = random.Random(seed)
    open_traces: list[list[Span]] = []
    waiting = iter(range(traces))
    batch: list[Span] = []
    while True:
        while len(open_traces) < AT_ONCE and (index := next(waiting, None)) is not None:
            open_traces.append(trace(seed, index)[::-1])
        if not open_traces:
            break
        chosen = luck.randrange(len(open_traces))
        batch.append(open_traces[chosen].pop())
        if not open_traces[chosen]:
            open_traces.pop(chosen)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
