"""A store of a shop's agent: twelve runs, of which four fail to refund for the same reason."""

from __future__ import annotations

import json

from halo_dash.model.span import Span, StatusCode
from halo_dash.store import Store

NOW = 1_800_000_000_000_000_000
QUOTE = "refund window of 30 days is over"
TRACES = tuple(f"{number:032x}" for number in range(1, 13))
FAILING = TRACES[::3]


def fill(store: Store) -> None:
    """Write the twelve runs."""
    spans = [span for number, trace_id in enumerate(TRACES) for span in run_of(number, trace_id)]
    with store.writing() as tx:
        tx.write(spans, source="live", received_ns=NOW)


def run_of(number: int, trace_id: str) -> tuple[Span, ...]:
    """One run: an agent, a call of a model, a tool."""
    start = NOW - (13 - number) * 60_000_000_000
    fails = trace_id in FAILING
    said = [{"role": "user", "parts": [{"type": "text", "content": f"Refund order {number}"}]}]
    agent = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "shop", "session.id": f"s{number}"}
    model = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.input.messages": json.dumps(said),
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 10,
    }
    tool = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "refund",
        "gen_ai.tool.call.arguments": json.dumps({"order": number}),
        "gen_ai.tool.call.result": f"Error: the {QUOTE} for order {number}" if fails else "refunded",
    }
    code = int(StatusCode.ERROR) if fails else int(StatusCode.UNSET)
    places = [("a" * 16, "", agent, code), ("b" * 16, "a" * 16, model, 0), ("c" * 16, "a" * 16, tool, code)]
    return tuple(
        Span(
            trace_id, span_id, parent, str(attributes["gen_ai.operation.name"]),
            start_ns=start + each, end_ns=start + 1_000_000_000 - each, status_code=status,
            status_message=QUOTE if status else "", attributes=dict(attributes),
        )
        for each, (span_id, parent, attributes, status) in enumerate(places)
    )  # fmt: skip
