"""Limits: what they are held to, and what is saved when they bind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from halo_dash.analysis.engine.budget import Budget, BudgetSpent
from halo_dash.analysis.engine.halting import Worktime
from halo_dash.analysis.engine.models import ModelNames
from halo_dash.errors import ProviderError
from halo_dash.model.run import Run, RunLimits, RunModels, RunRequest, RunUsage
from halo_dash.store import Store
from tests.analysis.engine.bench import PRICES, report_of, run
from tests.analysis.engine.scripts import is_root, report
from tests.analysis.engine.shop import FAILING, TRACES
from tests.analysis.scripted import Answer, ScriptedRequest, ScriptedServer, Used, call, hang, nothing


def limited(**limits: object) -> RunRequest:
    return RunRequest(prompt="Why do refunds fail?", limits=RunLimits(**{"max_depth": 0, **limits}))  # type: ignore[arg-type]


def reads_for_ever(request: ScriptedRequest) -> Answer:
    """Reads on, unless it is told that this is the last call."""
    if request.tools == ("final_answer",):
        return report(FAILING[0])
    return call("view_trace", trace_id=TRACES[request.turn % 12])


def limits_told(store: Store, done: Run) -> list[str]:
    return [each.data["limit"] for each in store.runs.events(done.run_id) if each.kind == "limit"]


def test_the_last_turn_is_for_handing_in(store: Store, scripted: ScriptedServer) -> None:
    scripted.script = reads_for_ever
    done = run(store, scripted.base_url, limited(max_turns=5))
    assert (done.state, done.usage.turns, len(scripted.requests)) == ("completed", 5, 5)
    assert "All 5 turns are spent" in done.reason
    found = report_of(store, done)
    assert found.is_partial
    assert found.findings[0].evidence[0].is_verified
    assert "This report is partial" in found.summary
    assert limits_told(store, done) == ["turns"]
    assert "come to an end" in scripted.requests[3].user


def test_tokens_are_not_passed(store: Store, scripted: ScriptedServer) -> None:
    scripted.script = lambda request: replace(reads_for_ever(request), usage=Used(10_000, 100))
    done = run(store, scripted.base_url, limited(budget_tokens=100_000))
    assert (done.state, limits_told(store, done)) == ("completed", ["tokens"])
    assert report_of(store, done).findings[0].evidence[0].is_verified
    assert 50_000 < done.usage.input_tokens + done.usage.output_tokens <= 100_000


def test_dollars_are_not_passed(store: Store, scripted: ScriptedServer) -> None:
    scripted.script = lambda request: replace(reads_for_ever(request), usage=Used(10_000, 100))
    done = run(store, scripted.base_url, limited(budget_usd=1.0))
    assert (done.state, limits_told(store, done)) == ("completed", ["dollars"])
    assert done.usage.cost_usd is not None
    assert 0.5 < done.usage.cost_usd <= 1.0
    assert report_of(store, done).is_partial


def test_where_no_last_call_fits_what_there_is_is_saved(store: Store, scripted: ScriptedServer) -> None:
    scripted.script = lambda request: replace(
        call("view_trace", trace_id=TRACES[request.turn]), text="I see refunds.", usage=Used(40_000, 100)
    )
    done = run(store, scripted.base_url, limited(budget_tokens=50_000))
    assert (done.state, len(scripted.requests)) == ("completed", 1)
    found = report_of(store, done)
    assert (found.is_partial, found.author) == (True, "built_in")
    assert "I see refunds." in found.summary
    assert found.title == "Partial: Counted"


def test_time_that_runs_out_keeps_the_rest_for_a_last_call(store: Store, scripted: ScriptedServer) -> None:
    scripted.script = reads_for_ever
    done = run(store, scripted.base_url, limited(budget_minutes=0.02, max_turns=100))
    assert report_of(store, done).is_partial
    assert done.state in {"completed", "timed_out"}


def test_time_that_is_over_ends_what_hangs(store: Store, scripted: ScriptedServer) -> None:
    def script(request: ScriptedRequest) -> Answer:
        return hang() if request.turn == 1 else replace(call("query_traces"), text="I look at all.")

    scripted.script = script
    done = run(store, scripted.base_url, limited(budget_minutes=0.02))
    assert (done.state, report_of(store, done).is_partial) == ("timed_out", True)
    assert "I look at all." in report_of(store, done).summary


def test_a_budget_in_dollars_is_refused_where_nobody_knows_the_price(
    store: Store, scripted: ScriptedServer
) -> None:
    unknown = replace(limited(budget_usd=1.0), models=RunModels(model="of-my-own"))
    done = run(store, scripted.base_url, unknown)
    assert (done.state, scripted.requests) == ("failed", [])
    assert "of-my-own" in done.reason


def test_an_unknown_price_is_no_price_of_nothing(store: Store, scripted: ScriptedServer) -> None:
    scripted.script = lambda _request: report(FAILING[0])
    done = run(store, scripted.base_url, replace(limited(), models=RunModels(model="of-my-own")))
    assert (done.usage.cost_usd, done.usage.cost_is_partial) == (None, True)


def test_a_server_that_does_not_count_is_counted_for(store: Store, scripted: ScriptedServer) -> None:
    scripted.script = lambda request: replace(reads_for_ever(request), usage=None)
    done = run(store, scripted.base_url, limited(budget_tokens=30_000))
    assert (done.state, limits_told(store, done)) == ("completed", ["tokens"])
    assert done.usage.cost_is_partial
    warnings = [each.data["message"] for each in store.runs.events(done.run_id) if each.kind == "warning"]
    assert len(warnings) == 1
    assert "estimates" in warnings[0]


def test_subagents_leave_the_root_enough_to_hand_in(store: Store, scripted: ScriptedServer) -> None:
    def script(request: ScriptedRequest) -> Answer:
        if not is_root(request):
            return replace(call("view_trace", trace_id=TRACES[request.turn]), usage=Used(8_000, 50))
        if request.tools == ("final_answer",):
            return replace(report(FAILING[0]), usage=Used(8_000, 50))
        return replace(call("call_subagent", question=f"Read {request.turn}."), usage=Used(8_000, 50))

    scripted.script = script
    done = run(store, scripted.base_url, limited(budget_tokens=80_000, max_depth=1))
    assert done.state == "completed"
    assert report_of(store, done).findings[0].evidence[0].is_verified
    assert done.usage.input_tokens + done.usage.output_tokens <= 80_000


def test_everything_falls_back_on_the_model() -> None:
    with pytest.raises(ProviderError, match="No model"):
        ModelNames.of(RunModels(), None, "small")
    assert ModelNames.of(RunModels(model="mine"), "large", "small").sub == "mine"
    assert ModelNames.of(RunModels(), "large", "small").compaction == "small"


def test_attempts_that_were_paid_for_nothing_count(store: Store, scripted: ScriptedServer) -> None:
    scripted.script = lambda _request: nothing()
    done = run(store, scripted.base_url, limited(budget_usd=5.0))
    assert done.state == "failed"
    paid = 100 * len(scripted.requests)
    assert (done.usage.input_tokens, done.usage.cost_is_partial) == (paid, True)
    assert done.usage.cost_usd == pytest.approx(paid * 10 / 1_000_000)
    told = [each.data["input"] for each in store.runs.events(done.run_id) if each.kind == "usage"]
    assert told == [paid]


def test_one_turn_is_told_as_one(store: Store, scripted: ScriptedServer) -> None:
    scripted.script = reads_for_ever
    assert run(store, scripted.base_url, limited(max_turns=1)).reason == "The one turn is spent."


@pytest.mark.parametrize(
    ("minutes", "worked_ms", "told"),
    [
        (0.0, 0, "The time of 0 minutes is over"),
        (1.0, 90_000, "The time of 1 minute is over"),
        (0.5, 30_000, "The time of 0.5 minutes is over"),
        (10.0, 570_500, "29 s of 10 minutes are left, and what is left is kept for the last words"),
    ],
)
def test_time_is_told_as_people_say_it(minutes: float, worked_ms: int, told: str) -> None:
    limits = RunLimits(budget_minutes=minutes)
    budget = Budget(limits, RunUsage(), Worktime(worked_ms, minutes), PRICES)
    with pytest.raises(BudgetSpent) as spent:
        budget.admit("large", 10, 1, is_root=True, is_last=False)
    assert spent.value.message == told
