"""The ledger of a call in its span, and of all calls of a trace as a table that adds up to its totals."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from halo_dash.config.prices import PriceOverride
from halo_dash.model.span import Resource, Scope, Span
from halo_dash.semconv.pricing import PriceBook
from halo_dash.store import Store
from tests.web.conftest import NOW_NS, Dashboard

TRACE = "c" * 32
AGENT = "a" * 16
SECOND = 1_000_000_000
OWN = PriceOverride("house-*", None, Decimal("0.5"), Decimal(1))


def call(number: int, parent: str = AGENT, scope: str = "app", **attributes: Any) -> Span:
    given = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.output_tokens": 500,
        **{name.replace("__", "."): value for name, value in attributes.items()},
    }
    start = NOW_NS - 100 * SECOND + number * SECOND
    return Span(
        TRACE,
        f"{number:016x}",
        parent,
        name=f"chat {number}",
        start_ns=start,
        end_ns=start + SECOND // 2,
        attributes=given,
        resource=Resource({"service.name": "shop"}),
        scope=Scope(scope),
    )


SPANS = (
    Span(
        TRACE,
        AGENT,
        name="invoke_agent buyer",
        start_ns=NOW_NS - 100 * SECOND,
        end_ns=NOW_NS - 50 * SECOND,
        attributes={
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.agent.name": "buyer",
            "gen_ai.usage.input_tokens": 8000,
            "gen_ai.usage.output_tokens": 4000,
        },
        resource=Resource({"service.name": "shop"}),
    ),
    call(1),
    call(2, gen_ai__usage__cache_read__input_tokens=400),
    call(3, operation__cost=0.25),
    call(4, gen_ai__request__model="house-7b"),
    call(5, gen_ai__request__model="nobody-knows"),
    call(6, openai__response__service_tier="scale"),
    call(7),
    call(8, parent=f"{7:016x}", scope="sdk"),
    call(9, gen_ai__request__model="<script>alert(1)</script>"),
)
COUNTED = 8
"""All calls but the one that wraps another; the agent only adds them up."""

COST = Decimal("0.00045") + Decimal("0.00042") + Decimal("0.25") + Decimal("0.001") + Decimal("0.00045")


@pytest.fixture
def page(serve: Callable[..., Dashboard]) -> Dashboard:
    dashboard = serve(prices=(OWN,))
    fill(dashboard.db)
    return dashboard


def fill(path: Path, spans: tuple[Span, ...] = SPANS) -> None:
    with Store.open(path, prices=PriceBook((OWN,))) as store, store.writing() as tx:
        tx.write(spans, source="live", received_ns=NOW_NS)


def test_the_ledger_of_a_trace_adds_up_to_its_totals(page: Dashboard) -> None:
    trace = page.ask(f"/traces/{TRACE}.json").json
    ledger = page.ask(f"/traces/{TRACE}/ledger.json").json
    counted = [each for each in ledger["calls"] if each["counted"]]
    assert len(counted) == COUNTED
    for kind in ("input", "output", "cache_read"):
        said = [each["tokens"][kind] for each in counted if each["tokens"][kind] is not None]
        assert sum(said) == trace["tokens"][kind] == ledger["tokens"][kind]
    costs = [Decimal(repr(each["cost_usd"])) for each in counted if each["cost_usd"] is not None]
    assert sum(costs) == COST
    assert trace["cost_usd"] == ledger["cost_usd"] == pytest.approx(float(COST))
    assert trace["cost_is_partial"] is ledger["cost_is_partial"] is True
    assert ledger["unknown"] == [
        {"text": "the price table does not know this model (nobody-knows)", "calls": 1},
        {"text": "the price table has no price for this service tier (gpt-4o-mini)", "calls": 1},
        {"text": "the price table does not know this model (<script>alert(1)</script>)", "calls": 1},
    ]
    for each in ledger["calls"]:
        lines = sum(Decimal(repr(line["usd"])) for line in each["lines"])
        assert lines == Decimal(repr(each["table_usd"] or each["standard_usd"] or 0.0))


def test_the_table_says_what_is_not_counted_and_why(page: Dashboard) -> None:
    rows = list(csv.DictReader(io.StringIO(page.ask(f"/traces/{TRACE}/ledger.csv").text)))
    assert len(rows) == len(SPANS)
    by_id = {row["span_id"]: row for row in rows}
    assert (by_id[AGENT]["counted"], by_id[AGENT]["not_counted"]) == ("False", "aggregate")
    assert by_id[f"{7:016x}"]["not_counted"] == "wrapper"
    assert by_id[f"{2:016x}"]["fresh_tokens"] == "600"
    assert [by_id[f"{number:016x}"]["cost_source"] for number in (1, 3, 4, 5)] == [
        "table",
        "sender",
        "own",
        "",
    ]
    assert by_id[f"{3:016x}"]["table_usd"] == "0.00045"
    assert by_id[f"{5:016x}"]["unknown"] == "unknown_model"
    text = page.ask(f"/traces/{TRACE}?view=ledger").text
    assert "at least <b>$0.25232</b>" in text
    assert "not counted: it wraps a call that is counted" in text
    assert 'sender</span> <small class="dim">table $0.00045</small>' in text
    assert "<script>alert" not in text
    assert '<code>openai gpt-4o-mini</code></th><td class="num">$0.15</td><td class="num">$0.075</td>' in text
    assert "<code>openai house-*</code></th>" in text
    # The address of the JSON leads to the same page.
    assert "at least <b>$0.25232</b>" in page.ask(f"/traces/{TRACE}/ledger").text


def product(tokens: str, price: str, usd: str) -> str:
    cells = (tokens, f"\N{MULTIPLICATION SIGN} {price}", f"= {usd}")
    return "".join(f'<td class="num">{cell}</td>' for cell in cells)


def test_a_span_tells_its_ledger(page: Dashboard) -> None:
    text = page.ask(f"/traces/{TRACE}/spans/{2:016x}").text
    for part in (
        "<b>$0.00042</b> by the price table",
        product("600", "$0.15", "$0.00009"),
        product("400", "$0.075", "$0.00003"),
        product("500", "$0.6", "$0.0003"),
        "<code>openai gpt-4o-mini</code>",
        "Input as sent includes the cached tokens.",
        "<code>gen_ai.usage.cache_read.input_tokens</code>",
    ):
        assert part in text
    ledger = page.ask(f"/traces/{TRACE}/spans/{2:016x}.json").json["ledger"]
    assert ledger["tokens"]["fresh"] == 600
    assert [line["usd"] for line in ledger["lines"]] == [0.00009, 0.00003, 0.0003]
    assert ledger["price"]["source"].startswith("genai-prices")
    assert [rule["code"] for rule in ledger["rules"]] == ["cache_inside", "total_added"]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (3, "as the sender stated"),
        (4, "by your own price"),
        (5, "the price table does not know this model: <code>nobody-knows</code>"),
        (6, "In the standard tier it would be"),
        (7, "it wraps a call that is counted"),
    ],
)
def test_a_span_says_who_states_its_cost_or_why_nobody_does(page: Dashboard, number: int, words: str) -> None:
    assert words in page.ask(f"/traces/{TRACE}/spans/{number:016x}").text


def test_costs_say_that_they_are_lower_bounds_everywhere(page: Dashboard) -> None:
    trace = page.ask(f"/traces/{TRACE}").text
    assert 'title="at least $0.25232: the cost of some call is not known, see its ledger"' in trace
    assert '<span class="dim">at least</span>' in trace
    listed = page.ask("/traces?range=all").text
    assert (
        'title="at least $0.25232: the cost of some call is not known, see its ledger">≥$0.25</td>' in listed
    )
    assert "at least: the cost of some call is not known" in listed
    rows = list(csv.DictReader(io.StringIO(page.ask("/traces.csv?range=all").text)))
    assert [row["cost_is_partial"] for row in rows] == ["True"]


def test_a_call_without_tokens_is_named_as_what_is_missing(serve: Callable[..., Dashboard]) -> None:
    dashboard = serve()
    unsaid = replace(
        call(2, parent=""), attributes={"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o"}
    )
    fill(dashboard.db, (call(1, parent=""), unsaid))
    found = dashboard.ask(f"/traces/{TRACE}/ledger.json").json
    assert found["cost_is_partial"]
    assert found["unknown"] == [{"text": "the sender reported no tokens (gpt-4o)", "calls": 1}]
    assert (
        "1 call not priced: the sender reported no tokens (gpt-4o)."
        in dashboard.ask(f"/traces/{TRACE}?view=ledger").text
    )
    assert dashboard.ask("/traces.json?range=all").json["totals"]["cost_is_partial"]


def test_counts_beyond_belief_are_told_and_not_added_up(serve: Callable[..., Dashboard]) -> None:
    dashboard = serve()
    absurd = (
        call(2, parent="", gen_ai__usage__input_tokens=2**62),
        call(3, parent="", llm__usage='{"total_tokens": 1e300}'),
    )
    fill(dashboard.db, (call(1, parent=""), *absurd))
    found = dashboard.ask(f"/traces/{TRACE}/ledger.json").json
    assert (found["tokens"]["input"], found["tokens"]["total"], found["cost_is_partial"]) == (
        1000,
        1500,
        True,
    )
    assert ["too_many" in [rule["code"] for rule in each["rules"]] for each in found["calls"]] == [
        False,
        True,
        True,
    ]
    assert (
        "A count of more than ten billion tokens is not believed"
        in dashboard.ask(f"/traces/{TRACE}/spans/{3:016x}").text
    )


def test_only_calls_without_tokens_cost_nobody_knows_what(serve: Callable[..., Dashboard]) -> None:
    dashboard = serve()
    unsaid = replace(
        call(1, parent=""), attributes={"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o"}
    )
    fill(dashboard.db, (unsaid,))
    assert 'title="no span reports tokens or a cost">—</td>' in dashboard.ask("/traces?range=all").text


def test_a_cost_nobody_knows_is_a_dash_with_its_reason(serve: Callable[..., Dashboard]) -> None:
    dashboard = serve()
    fill(dashboard.db, (call(1, parent="", gen_ai__request__model="nobody-knows"),))
    listed = dashboard.ask("/traces?range=all").text
    assert 'title="no price is known for nobody-knows: the ledger of the trace says why">—</td>' in listed
    assert "no call of these runs has a known cost" in listed
    page = dashboard.ask(f"/traces/{TRACE}?view=ledger").text
    assert "cost unknown" in page
    assert "1 call not priced: the price table does not know this model (nobody-knows)." in page


def test_a_trace_without_model_calls_has_nothing_to_account_for(serve: Callable[..., Dashboard]) -> None:
    dashboard = serve()
    fill(dashboard.db, (Span(TRACE, AGENT, name="work", start_ns=NOW_NS, end_ns=NOW_NS + 1),))
    assert "Nothing to account for." in dashboard.ask(f"/traces/{TRACE}?view=ledger").text
    assert dashboard.ask(f"/traces/{TRACE}/ledger.json").json["calls"] == []
    assert dashboard.ask(f"/traces/{TRACE}/spans/{AGENT}.json").json["ledger"] is None


def test_many_calls_come_in_windows_with_the_totals_of_all(serve: Callable[..., Dashboard]) -> None:
    dashboard = serve()
    fill(dashboard.db, tuple(call(number, parent="") for number in range(1, 251)))
    first = dashboard.ask(f"/traces/{TRACE}?view=ledger").text
    assert "1 to 200 of 250" in first
    assert "<b>$0.1125</b>" in first
    second = dashboard.ask(f"/traces/{TRACE}?view=ledger&row=200").text
    assert "201 to 250 of 250" in second
    assert f'href="/traces/{TRACE}?view=ledger">Calls before' in second
    assert f'href="/traces/{TRACE}?view=ledger&amp;row=200">More calls' in first
    for part in ("trace", "sheet"):
        piece = dashboard.ask(f"/traces/{TRACE}?view=ledger", headers={"halo-fragment": part}).text
        assert "1 to 200 of 250" in piece
        assert "<html" not in piece
    assert len(dashboard.ask(f"/traces/{TRACE}/ledger.json").json["calls"]) == 250


def test_what_was_priced_before_a_change_says_so(serve: Callable[..., Dashboard]) -> None:
    dashboard = serve(prices=(PriceOverride("gpt-4o-mini", None, Decimal(1), Decimal(1)),))
    with Store.open(dashboard.db) as store, store.writing() as tx:
        tx.write([call(1, parent="")], source="live", received_ns=NOW_NS)
    text = dashboard.ask(f"/traces/{TRACE}/spans/{1:016x}").text
    assert "What is stored was read by other rules or prices." in text
    assert "<b>$0.0015</b> by your own price" in text


# The context of calls


def said(number: int, *messages: tuple[str, str], **more: Any) -> Span:
    parts = [{"role": role, "parts": [{"type": "text", "content": text}]} for role, text in messages]
    return call(number, parent="", gen_ai__input__messages=json.dumps(parts), **more)


TALK = (
    said(1, ("system", "s" * 400), ("user", "u" * 100), gen_ai__usage__cache_read__input_tokens=0),
    said(
        2,
        ("system", "s" * 400),
        ("user", "u" * 100),
        ("assistant", "a" * 400),
        ("user", "<b>v</b>" + "v" * 92),
        gen_ai__usage__cache_read__input_tokens=400,
    ),
    said(3, ("system", "t" * 400), ("user", "u" * 100)),
    call(4, parent=""),
)


def test_a_call_shows_what_filled_its_prompt_and_what_changed(serve: Callable[..., Dashboard]) -> None:
    dashboard = serve()
    fill(dashboard.db, TALK)
    first = dashboard.ask(f"/traces/{TRACE}/spans/{1:016x}").text
    assert "The first call of its conversation in this trace" in first
    second = dashboard.ask(f"/traces/{TRACE}/spans/{2:016x}").text
    for part in (
        "<b>1,000</b> tokens of input, <b>0.8 %</b> of the model's window of 128k.",
        '<rect class="seg seg-system" x="0.000%" width="40.000%"',
        '<rect class="seg seg-user" x="90.000%" width="10.000%"',
        "2 messages kept, 2 added (1 assistant, 1 user)",
        "all of the call before, about 500 tokens",
        '400 tokens <span class="dim">of about 500 that a cache could have held</span>',
        "about 500 tokens, about $0.000045; the cache saved $0.00003",
        f'href="/traces/{TRACE}?span={1:016x}"',
    ):
        assert part in second
    third = dashboard.ask(f"/traces/{TRACE}/spans/{3:016x}").text
    assert "<strong>1 changed</strong>" in third
    assert "no message: the first one (system) is another" in third
    fourth = dashboard.ask(f"/traces/{TRACE}/spans/{4:016x}").text
    assert "The sender recorded no messages of this call" in fourth
    assert "The first call of its conversation" not in fourth


def test_the_ledger_draws_how_the_context_grows(serve: Callable[..., Dashboard]) -> None:
    dashboard = serve()
    fill(dashboard.db, TALK)
    page = dashboard.ask(f"/traces/{TRACE}?view=ledger").text
    assert page.count('class="context-bar"') == 3
    assert "New words of the user" in page
    calls = dashboard.ask(f"/traces/{TRACE}/ledger.json").json["calls"]
    assert [sum(part["tokens"] for part in each["context"]["parts"]) for each in calls[:3]] == [1000] * 3
    assert calls[1]["context"]["change"] == {
        "kept": 2,
        "added": {"assistant": 1, "user": 1},
        "dropped": 0,
        "changed": 0,
        "tools_changed": False,
    }
    assert calls[1]["context"]["repetition"]["tokens"] == 500
    assert calls[3]["context"]["parts"] == [
        {"segment": "unknown", "pieces": 0, "characters": 0, "tokens": calls[3]["context"]["tokens"]}
    ]


def test_of_many_calls_those_near_the_one_shown_are_read(serve: Callable[..., Dashboard]) -> None:
    dashboard = serve()
    history: list[tuple[str, str]] = [("system", "s" * 40)]
    spans = []
    for number in range(1, 412):
        history.append(("user", f"question {number}"))
        spans.append(said(number, *history[-6:], gen_ai__usage__cache_read__input_tokens=250))
    fill(dashboard.db, tuple(spans))
    text = dashboard.ask(f"/traces/{TRACE}/spans/{411:016x}").text
    assert "5 messages kept, 1 added (1 user), <strong>1 dropped</strong>" in text
    # The table of so many calls does not read them all: its bars say what the tokens were charged as.
    page = dashboard.ask(f"/traces/{TRACE}?view=ledger").text
    assert '<rect class="seg seg-cache_read" x="0.000%" width="25.000%"' in page
    assert '<rect class="seg seg-fresh" x="25.000%" width="75.000%"' in page
    assert "New words of the user" not in page


def test_a_wrapped_call_and_its_wrapper_show_one_prompt(serve: Callable[..., Dashboard]) -> None:
    dashboard = serve()
    outer = said(1, ("system", "s" * 400), ("user", "u" * 100))
    inner = call(2, parent=f"{1:016x}", scope="sdk")
    again = said(3, ("system", "s" * 400), ("user", "u" * 100), ("assistant", "a" * 500))
    fill(dashboard.db, (outer, inner, again))
    for number in (1, 2):
        text = dashboard.ask(f"/traces/{TRACE}/spans/{number:016x}").text
        assert '<rect class="seg seg-system" x="0.000%" width="80.000%"' in text
    third = dashboard.ask(f"/traces/{TRACE}/spans/{3:016x}").text
    assert "2 messages kept, 1 added (1 assistant)" in third
    assert f'href="/traces/{TRACE}?span={2:016x}"' in third
