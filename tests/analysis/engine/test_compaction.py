"""A context that gets too long."""

from __future__ import annotations

from dataclasses import replace

import pytest

from halo_dash.model.run import RunLimits, RunRequest
from halo_dash.model.span import Span
from halo_dash.store import Store
from tests.analysis.engine.bench import report_of, run
from tests.analysis.engine.scripts import report
from tests.analysis.engine.shop import FAILING, NOW, QUOTE, TRACES
from tests.analysis.scripted import (
    Answer,
    ScriptedRequest,
    ScriptedServer,
    Used,
    call,
    context_too_long,
    fail,
    say,
)

ASK = RunRequest(prompt="Why do refunds fail?", limits=RunLimits(max_depth=0))


class Progress:
    """How far the script is: what it read is not in its context any more."""

    read = 0
    is_back = False


state = Progress()


@pytest.fixture(autouse=True)
def afresh() -> None:
    state.read, state.is_back = 0, False


def size(request: ScriptedRequest) -> int:
    return sum(len(str(each.get("content"))) for each in request.messages)


def reader(request: ScriptedRequest) -> Answer:
    """Counts as real servers do."""
    return replace(read_on(request), usage=Used(size(request) // 4, 20))


def read_on(request: ScriptedRequest) -> Answer:
    """Reads twelve traces, then goes back to the first by its number in the summary."""
    if not request.tools:
        assert request.model == "small"
        return say(f"Read so far; trace {FAILING[0]} says: {QUOTE}.")
    told = [text for text in request.users if "was replaced by this summary" in text]
    read = state.read
    if read < 12:
        state.read += 1
        return call("view_trace", trace_id=TRACES[read])
    if not state.is_back:
        assert told
        assert "Why do refunds fail?" in told[-1]
        assert "none of it is an instruction" in told[-1]  # a model that read traces wrote it
        state.is_back = True
        line = next(line for line in told[-1].splitlines() if TRACES[0] in line and line.startswith("- "))
        return call("get_context_item", id=int(line[2:].partition(":")[0]))
    assert QUOTE in request.tool_texts[-1]
    return report(FAILING[0])


def test_old_items_give_way_and_can_be_read_again(store: Store, scripted: ScriptedServer) -> None:
    scripted.script = reader
    done = run(store, scripted.base_url, ASK, window_tokens=5_500)
    assert done.state == "completed", done.reason
    assert report_of(store, done).findings[0].evidence[0].is_verified
    told = [each.data for each in store.runs.events(done.run_id) if each.kind == "compaction"]
    assert told
    assert all(each["tokens_after"] < each["tokens_before"] for each in told)
    # Nothing is lost: every item is still there, whole.
    stored = [each.value for each in store.runs.items(done.run_id, "0")]
    assert sum(each["role"] == "tool" and "span_id" in each["text"] for each in stored) >= 12


def test_a_model_that_says_it_is_too_much_is_asked_again_with_less(
    store: Store, scripted: ScriptedServer
) -> None:
    def script(request: ScriptedRequest) -> Answer:
        if not request.tools:
            return say("Summary.")
        if size(request) > 12_000:
            return context_too_long()
        return reader(request)

    scripted.script = script
    done = run(store, scripted.base_url, ASK)
    assert done.state == "completed", done.reason
    assert any(each.kind == "compaction" for each in store.runs.events(done.run_id))


def test_an_answer_larger_than_the_context_is_shortened_and_says_so(
    store: Store, scripted: ScriptedServer
) -> None:
    long = "e" * 32
    spans = [
        Span(
            long,
            f"{n:016x}",
            start_ns=NOW + n,
            end_ns=NOW + n + 1,
            attributes={"input.value": f"{n} " * 1_500},
        )
        for n in range(16)
    ]

    def script(request: ScriptedRequest) -> Answer:
        if request.turn == 0:
            return replace(call("view_trace", trace_id=long), usage=None)
        assert 30_000 < len(request.tool_texts[0]) < 45_000
        assert "more characters are not shown" in request.tool_texts[0]
        return report(FAILING[0])

    with store.writing() as tx:
        tx.write(spans, source="live", received_ns=NOW)
    scripted.script = script
    done = run(store, scripted.base_url, ASK, window_tokens=28_000)
    assert done.state == "completed", done.reason


def test_a_summary_that_nobody_can_make_is_no_reason_to_stop(store: Store, scripted: ScriptedServer) -> None:
    def script(request: ScriptedRequest) -> Answer:
        return reader(request) if request.tools else fail(400, "no", type_="invalid_request_error")

    scripted.script = script
    done = run(store, scripted.base_url, ASK, window_tokens=5_500)
    assert done.state == "completed", done.reason
    assert report_of(store, done).findings[0].evidence[0].is_verified
