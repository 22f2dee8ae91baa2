"""The ledger of a call: what was sent, by which rules it was read, and a formula that is exactly the cost."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recorded import CLIENTS, expected, recorded, traces
from spans import read, span

from halo_dash.config.prices import PriceOverride
from halo_dash.model.ledger import ATTO_USD, Ledger, NotCounted, TokenKind, Unknown
from halo_dash.model.observation import Kind, Usage
from halo_dash.model.span import Span
from halo_dash.semconv import observe, resolve, summarise
from halo_dash.semconv.calls import has_figures, not_counted
from halo_dash.semconv.ledger import has_ledger, ledger
from halo_dash.semconv.ledger_rules import LEDGER_RULES
from halo_dash.semconv.pricing import TABLE_PRICES, PriceBook, Terms

CLIENT_LEDGERS = json.loads(
    (Path(__file__).parents[1] / "fixtures" / "ledger" / "clients.json").read_text(encoding="utf-8")
)
LATE_2026 = 1_794_000_000 * 10**9
"""6 November 2026: the prices of service tiers in the table hold from October 2026 on."""

EARLY_2026 = 1_770_000_000 * 10**9


def told(attributes: dict[str, Any], prices: PriceBook = TABLE_PRICES, start_ns: int = LATE_2026) -> Ledger:
    sent = span(attributes, start_ns=start_ns, end_ns=start_ns + 1)
    return ledger(sent, observe(sent, prices=prices), prices=prices)


def call(
    model: str = "gpt-4o-mini", provider: str = "openai", tokens: int = 1000, **more: Any
) -> dict[str, Any]:
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": provider,
        "gen_ai.request.model": model,
        "gen_ai.usage.input_tokens": tokens,
        "gen_ai.usage.output_tokens": 100,
        **{name.replace("__", "."): value for name, value in more.items()},
    }


def lines(found: Ledger) -> dict[str, tuple[int, str]]:
    return {line.kind.value: (line.tokens, str(line.usd)) for line in found.charge.lines}


def codes(found: Ledger) -> list[str]:
    return [rule.code for rule in found.rules]


# Against real clients


@pytest.mark.parametrize("client", CLIENTS)
def test_the_ledger_of_every_client_is_what_was_worked_out_by_hand(client):
    worked_out = CLIENT_LEDGERS[client]
    spans, logs = recorded(client)
    totals = expected(client)["per_trace_tokens_in_out"]
    wanted = [sum(one[at] for one in worked_out["calls"]) for at in (0, 3)]
    trace_id = next((each for each, tokens in totals.items() if wanted == tokens), None)
    if not worked_out["calls"]:
        assert not any(has_ledger(observe(each)) for each in spans)
        return
    counted = {key for key, each in resolve(traces(spans, logs)[trace_id]).items() if each.is_counted}
    calls = [each for each in spans if each.trace_id == trace_id and each.span_id in counted]
    found = [ledger(each, observe(each)) for each in sorted(calls, key=lambda each: each.start_ns)]
    assert [figures(each) for each in found] == worked_out["calls"]
    assert {each.source for each in found} == {worked_out["source"]}
    for each, usd in zip(found, worked_out.get("table", ()), strict=False):
        assert float(each.charge.total_usd * 1_000_000) == usd


def figures(found: Ledger) -> list[float | None]:
    usage = found.usage
    cost = None if found.cost_usd is None else float(Decimal(repr(found.cost_usd)) * 1_000_000)
    return [usage.input, usage.cache_read, usage.cache_write, usage.output, usage.reasoning, cost]


@pytest.mark.parametrize("client", CLIENTS)
def test_ledgers_are_the_stored_figures_and_add_up_to_the_totals_of_the_trace(client):
    spans, logs = recorded(client)
    sent = {(each.trace_id, each.span_id): each for each in spans}
    for trace_id, readings in traces(spans, logs).items():
        resolved = resolve(readings)
        reasons = not_counted(readings)
        ledgers = {
            each.span_id: ledger(sent[trace_id, each.span_id], each.observation)
            for each in readings
            if has_ledger(each.observation)
        }
        for each in readings:
            told_so = ledgers.get(each.span_id)
            if told_so is not None:
                assert (told_so.usage, told_so.cost_usd) == (
                    each.observation.usage,
                    each.observation.cost_usd,
                )
                assert not told_so.is_stale
            # Whatever is not counted has a reason, and nothing else has.
            assert (each.span_id in reasons) is not resolved[each.span_id].is_counted
        counted = [ledgers[key] for key, each in resolved.items() if each.is_counted]
        costs = [each.cost_usd for each in counted if each.cost_usd is not None]
        summary = summarise(trace_id, readings)
        assert summary.cost_usd == (pytest.approx(sum(costs)) if costs else None)
        assert (summary.usage.input or 0) == sum(each.usage.input or 0 for each in counted)
        assert (summary.usage.output or 0) == sum(each.usage.output or 0 for each in counted)


@pytest.mark.parametrize("client", CLIENTS)
def test_a_formula_is_exactly_the_cost(client):
    for each in recorded(client)[0]:
        found = ledger(each, observe(each))
        exact = sum((line.usd for line in found.charge.lines), Decimal(0))
        assert exact == found.charge.total_usd
        if found.source == "table":
            assert float(exact) == found.cost_usd
            tokens = (found.usage.input or 0) + (found.usage.output or 0)
            assert sum(line.tokens for line in found.charge.lines) == tokens
            for line in found.charge.lines:
                assert line.usd == Decimal(line.tokens) * Decimal(line.price) / ATTO_USD


# Rules of reading


def test_every_attribute_that_speaks_of_usage_is_told_as_it_was_sent():
    found = told(
        {
            "llm.token_count.prompt": "60",
            "gen_ai.usage.input_tokens": 59,
            "llm.token_count.completion": 8.0,
            "llm.usage": '{"prompt_tokens": 1, "prompt_tokens_details": {"cached_tokens": 20}}',
            "unrelated": 7,
        }
    )
    assert [(each.key, each.path, each.means, each.value, each.is_used) for each in found.said] == [
        ("llm.token_count.prompt", "", "input", "60", True),
        ("gen_ai.usage.input_tokens", "", "input", 59, False),
        ("llm.token_count.completion", "", "output", 8.0, True),
        ("llm.usage", "prompt_tokens", "input", 1, False),
        ("llm.usage", "prompt_tokens_details.cached_tokens", "cache_read", 20, True),
    ]
    assert codes(found) == ["blob", "cache_inside", "total_added"]


@pytest.mark.parametrize(
    ("attributes", "usage", "rules"),
    [
        # OpenAI: cached tokens are part of the prompt
        (
            {
                "llm.token_count.prompt": 149,
                "llm.token_count.completion": 42,
                "llm.token_count.prompt_details.cache_read": 64,
            },
            Usage(149, 42, 191, 64),
            ["cache_inside", "total_added"],
        ),
        # Anthropic's own object: cached tokens are beside the input
        (
            {
                "gen_ai.usage.input_tokens": 20,
                "gen_ai.usage.output_tokens": 8,
                "gen_ai.usage.cache_creation.input_tokens": 40,
            },
            Usage(60, 8, 68, cache_write=40),
            ["cache_larger", "total_added"],
        ),
        # Gemini: thoughts are beside the candidates, which the total shows
        (
            {
                "gen_ai.usage.input_tokens": 109,
                "gen_ai.usage.output_tokens": 22,
                "gen_ai.usage.reasoning_tokens": 24,
                "gen_ai.usage.total_tokens": 155,
            },
            Usage(109, 46, 155, reasoning=24),
            ["reasoning_apart"],
        ),
        (
            {"llm.usage": '{"input": 60, "input_cached_tokens": 40, "output": 8, "total": 108}'},
            Usage(100, 8, 108, 40),
            ["blob", "cache_apart"],
        ),
        ({"gen_ai.usage.input_tokens": 0, "gen_ai.usage.output_tokens": 0}, Usage(), ["zero"]),
    ],
)
def test_each_way_of_counting_has_its_rule(attributes, usage, rules):
    found = told(attributes)
    assert found.usage == usage
    assert [code for code in codes(found) if code != "cache_unsaid"] == rules


def test_a_long_call_costs_the_dearer_price_from_its_first_token():
    found = told(call("gemini-2.5-pro", "google", tokens=300_000))
    assert lines(found) == {"input": (300_000, "0.75"), "output": (100, "0.0015")}
    assert [line.step for line in found.charge.lines] == [200_000, 200_000]
    assert "long_call" in codes(found)


def test_nothing_said_of_the_cache_is_marked_where_a_cache_has_its_own_price():
    assert "cache_unsaid" in codes(told(call()))
    assert "cache_unsaid" not in codes(told(call(gen_ai__usage__cache_read__input_tokens=0)))


# Service tiers, audio, caches that keep for an hour


@pytest.mark.parametrize(
    ("attributes", "cost", "rule"),
    [
        # gpt-5: 1.25 in and 10 out; flex half, priority double, batch half
        ({}, 0.00225, None),
        ({"openai.response.service_tier": "default"}, 0.00225, None),
        ({"openai.response.service_tier": "flex"}, 0.001125, "tier_stated"),
        ({"gen_ai.openai.response.service_tier": "priority"}, 0.0045, "tier_stated"),
        ({"openai.request.service_tier": "flex"}, 0.001125, "tier_asked"),
        ({"openai.request.service_tier": "flex", "openai.response.service_tier": "default"}, 0.00225, None),
        ({"openai.request.service_tier": "auto"}, 0.00225, "tier_auto"),
        (
            {"openai.request.service_tier": "auto", "openai.response.service_tier": "priority"},
            0.0045,
            "tier_stated",
        ),
        ({"openai.response.service_tier": "batch"}, 0.001125, "tier_stated"),
        ({"output.value": '{"id": "x", "service_tier": "flex"}'}, 0.001125, "tier_stated"),
        ({"output.value": '{"text": "\\"service_tier\\": \\"flex\\""}'}, 0.00225, None),
        ({"mlflow.spanOutputs": '{"service_tier": "flex"}'}, 0.001125, "tier_stated"),
        ({"ai.response.providerMetadata": '{"openai": {"serviceTier": "flex"}}'}, 0.001125, "tier_stated"),
        ({"llm.invocation_parameters": '{"service_tier": "flex"}'}, 0.001125, "tier_asked"),
    ],
)
def test_the_tier_that_served_a_call_decides_its_price(attributes, cost, rule):
    found = told(call("gpt-5") | attributes)
    assert found.cost_usd == cost
    assert [code for code in codes(found) if code.startswith("tier")] == ([rule] if rule else [])


def test_a_batch_is_half_the_price_at_anthropic_as_its_usage_says():
    output = '{"usage": {"service_tier": "batch", "input_tokens": 1000}}'
    found = told(call("claude-sonnet-4-5", "anthropic") | {"output.value": output})
    assert lines(found) == {"input": (1000, "0.0015"), "output": (100, "0.00075")}
    assert found.charge.row.tier == "batch"


def test_fast_mode_has_its_own_price_at_anthropic():
    output = '{"usage": {"service_tier": "standard", "speed": "fast", "input_tokens": 1000}}'
    found = told(call("claude-opus-4-8", "anthropic") | {"output.value": output})
    assert found.charge.tier == "fast"
    assert found.cost_usd is not None
    assert found.cost_usd > told(call("claude-opus-4-8", "anthropic")).cost_usd


def test_a_tier_the_table_has_no_price_for_is_unknown_beside_the_standard_price():
    for attributes, start_ns in (
        (call("gpt-5") | {"openai.response.service_tier": "scale"}, LATE_2026),
        (call("gpt-5") | {"openai.response.service_tier": "flex"}, EARLY_2026),
    ):
        found = told(attributes, start_ns=start_ns)
        assert found.cost_usd is None
        assert found.charge.unknown is Unknown.NO_TIER
        assert found.charge.tier in {"scale", "flex"}
        assert str(found.charge.total_usd) == "0.00225"


def test_audio_and_caches_that_keep_for_an_hour_have_their_own_price():
    heard = told(
        call("gpt-4o-audio-preview")
        | {"llm.token_count.prompt_details.audio": 400, "llm.token_count.completion_details.audio": 50}
    )
    assert {kind: tokens for kind, (tokens, _) in lines(heard).items()} == {
        "input": 600,
        "input_audio": 400,
        "output": 50,
        "output_audio": 50,
    }
    blob = {
        "input_tokens": 1000,
        "output_tokens": 100,
        "cache_creation_input_tokens": 900,
        "cache_creation": {"ephemeral_1h_input_tokens": 600, "ephemeral_5m_input_tokens": 300},
    }
    kept = told(
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "anthropic",
            "gen_ai.request.model": "claude-sonnet-4-5",
            "llm.usage": json.dumps(blob),
        }
    )
    # 3 in, 3.75 written for five minutes, 6 written for an hour, 15 out
    assert lines(kept) == {
        "input": (100, "0.0003"),
        "cache_write": (300, "0.001125"),
        "cache_write_1h": (600, "0.0036"),
        "output": (100, "0.0015"),
    }


# Who says the cost, and why nobody does


def test_a_cost_the_sender_states_wins_and_the_tables_stands_beside_it():
    found = told(call(operation__cost=0.5))
    assert (found.cost_usd, found.source, found.reported_by) == (0.5, "sender", "operation.cost")
    assert str(found.charge.total_usd) == "0.00021"
    free = told(call(operation__cost=0))
    assert (free.cost_usd, free.source, codes(free)[-1]) == (0, "sender", "cost_zero")
    parts = told(call(llm__cost__prompt=0.25, llm__cost__completion=0.5))
    assert (parts.cost_usd, parts.reported_by) == (0.75, "llm.cost.prompt + llm.cost.completion")
    assert codes(parts)[-2:] == ["cost_reported", "cost_in_parts"]


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        (call("no-such-model"), Unknown.UNKNOWN_MODEL),
        (call("llama3.2", "ollama"), Unknown.LOCAL_SERVER),
        (call("gpt-4o-mini", "ollama"), Unknown.LOCAL_SERVER),
        ({"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 5}, Unknown.NO_MODEL),
        ({"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o-mini"}, Unknown.NO_USAGE),
        (
            {
                "gen_ai.operation.name": "chat",
                "gen_ai.request.model": "gpt-4o-mini",
                "gen_ai.usage.total_tokens": 9,
            },
            Unknown.TOTAL_ONLY,
        ),
    ],
)
def test_an_unknown_cost_is_none_with_its_reason(attributes, reason):
    found = told(attributes)
    assert (found.cost_usd, found.source, found.charge.unknown) == (None, None, reason)
    assert found.charge.unknown.text


def test_the_row_says_where_the_price_comes_from():
    row = told(call()).charge.row
    assert (row.provider, row.model, row.matched_by) == ("openai", "gpt-4o-mini", "provider and model")
    assert row.source.startswith("genai-prices ")
    assert row.url.startswith("https://")
    gateway = told(call("openrouter/openai/gpt-4o-mini", "my-gateway"))
    assert gateway.charge.row.matched_by == "model without its prefix"
    assert "by_name_alone" in codes(gateway)
    dated = told(call("gpt-5") | {"openai.response.service_tier": "flex"}).charge.row
    assert (dated.tier, dated.since.isoformat()) == ("flex", "2026-10-12")


# Your own prices


def test_your_own_price_goes_before_the_table_and_after_the_sender():
    own = PriceBook([PriceOverride("GPT-4o*", None, Decimal(2), Decimal(8), Decimal("0.5"))])
    found = told(call(gen_ai__usage__cache_read__input_tokens=400), own)
    assert lines(found) == {
        "input": (600, "0.0012"),
        "cache_read": (400, "0.0002"),
        "output": (100, "0.0008"),
    }
    assert (found.cost_usd, found.source, found.charge.row.source) == (0.0022, "own", "halo.toml")
    assert codes(found)[-1] == "own_price"
    assert told(call(operation__cost=0.5), own).source == "sender"
    assert told(call("gpt-4.1"), own).source == "table"


def test_own_prices_are_tried_in_their_order_and_by_provider():
    own = PriceBook(
        [
            PriceOverride("qwen*", "ollama", Decimal(0), Decimal(0)),
            PriceOverride("qwen2.5", None, Decimal(1), Decimal(1)),
            PriceOverride("*", "vllm", Decimal(3), Decimal(3)),
        ]
    )
    assert told(call("qwen2.5", "ollama"), own).cost_usd == 0
    assert told(call("qwen2.5", "together"), own).cost_usd == pytest.approx(0.0011)
    assert told(call("mistral-7b", "vllm"), own).cost_usd == pytest.approx(0.0033)


def test_cached_tokens_without_a_price_of_their_own_cost_what_input_costs():
    own = PriceBook([PriceOverride("m", None, Decimal(1), Decimal(1))])
    found = told(call("m", gen_ai__usage__cache_read__input_tokens=400), own)
    assert [(each.kind, each.priced_as) for each in found.charge.lines][1] == (
        TokenKind.CACHE_READ,
        TokenKind.INPUT,
    )
    no_output = PriceBook([PriceOverride("m", None, Decimal(1), None)])
    missing = told(call("m"), no_output).charge.unknown
    assert missing is Unknown.NO_OWN_RATE
    assert "halo.toml" in missing.text


def test_a_ledger_says_when_the_stored_reading_is_older_than_the_prices():
    sent = span(call(), start_ns=LATE_2026)
    own = PriceBook([PriceOverride("gpt-4o-mini", None, Decimal(9), Decimal(9))])
    found = ledger(sent, observe(sent), prices=own)
    assert found.is_stale
    assert found.cost_usd == pytest.approx(0.0099)


def test_the_fingerprint_of_prices_changes_with_each_of_them():
    prints = {
        PriceBook(own).fingerprint()
        for own in (
            (),
            (PriceOverride("a", None, Decimal(1), Decimal(2)),),
            (PriceOverride("a", None, Decimal(2), Decimal(2)),),
            (PriceOverride("b", None, Decimal(1), Decimal(2)),),
            (PriceOverride("a", "openai", Decimal(1), Decimal(2)),),
        )
    }
    assert len(prints) == 5


# Why a span is not counted


def test_each_span_that_does_not_count_says_which_one_does():
    readings = [
        read("agent", kind=Kind.AGENT, tokens=30),
        read("outer", "agent", Kind.LLM, tokens=10, at=1),
        read("inner", "outer", Kind.LLM, tokens=10, at=2, scope="sdk"),
        read("one", "agent", Kind.LLM, tokens=5, at=3, scope="a", response_id="r", has_messages=True),
        read("same", "agent", Kind.LLM, tokens=5, at=4, scope="b", response_id="r"),
        read("silent", "agent", Kind.LLM, at=5, failure="no"),
        read("tool", "agent", Kind.TOOL, tokens=3, at=6),
    ]
    reasons = not_counted(readings)
    assert {key: (each.code, each.span_id) for key, each in reasons.items()} == {
        "agent": ("aggregate", "inner"),
        "outer": ("wrapper", "inner"),
        "same": ("duplicate", "one"),
        "silent": ("no_figures", None),
        "tool": ("tool", None),
    }


@pytest.mark.parametrize(
    ("client", "codes_of"),
    [
        # The SDK's own span inside the instrumentation's, and beside it where the answer is streamed.
        ("openinference-anthropic", {"wrapper", "duplicate"}),
        ("vercel-ai-sdk-v6", {"aggregate"}),
        ("vercel-ai-sdk-v7", {"aggregate"}),
        ("pydantic-ai-legacy", {"aggregate"}),
        ("otel-genai-openai", set()),
    ],
)
def test_what_real_clients_say_twice_is_counted_once(client, codes_of):
    spans, logs = recorded(client)
    found = [
        (each.observation, reason)
        for readings in traces(spans, logs).values()
        for each, reason in [(each, not_counted(readings).get(each.span_id)) for each in readings]
        if reason is not None and has_figures(each.observation)
    ]
    assert {reason.code for _seen, reason in found} == codes_of
    # Whoever is not counted names who is.
    assert all(reason.span_id for _seen, reason in found)


def test_a_report_inside_a_counted_report_is_part_of_it():
    readings = [read("run", kind=Kind.AGENT, tokens=30), read("part", "run", Kind.CHAIN, tokens=10, at=1)]
    assert not_counted(readings) == {"part": NotCounted("inside", "run")}


# Properties

COUNTS = st.one_of(st.none(), st.integers(0, 2_000_000))


@given(
    usage=st.builds(Usage, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS),
    terms=st.builds(
        Terms, st.sampled_from([None, "flex", "batch", "priority", "scale"]), *[st.integers(0, 3_000_000)] * 3
    ),
    model=st.sampled_from(
        [
            "gpt-5",
            "gpt-4o-audio-preview",
            "claude-sonnet-4-5",
            "gemini-2.5-pro",
            "deepseek-chat",
            "nobody",
            None,
        ]
    ),
    start_ns=st.integers(0, 2**63 - 1),
)
def test_a_charge_counts_every_token_once_and_its_lines_are_its_cost(usage, terms, model, start_ns):
    charge = TABLE_PRICES.charge(None, model, usage, start_ns, terms)
    if charge.cost_usd is not None:
        assert sum(line.tokens for line in charge.lines) == (usage.input or 0) + (usage.output or 0)
        assert charge.cost_usd == float(sum((line.usd for line in charge.lines), Decimal(0)))
    assert all(line.tokens > 0 and line.atto_usd >= 0 for line in charge.lines)


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30), st.just('{"service_tier": 3}')
)
KEYS = (
    "gen_ai.usage.input_tokens",
    "llm.usage",
    "openai.response.service_tier",
    "output.value",
    "operation.cost",
    "langfuse.observation.cost_details",
    "gen_ai.usage.input_token_details",
    "llm.token_count.prompt_details.audio",
)


@given(st.dictionaries(st.sampled_from(KEYS), JUNK))
def test_whatever_is_sent_makes_a_ledger_that_agrees_with_the_stored_reading(attributes):
    sent = Span("0" * 32, "0" * 16, attributes=attributes)
    seen = observe(sent)
    found = ledger(sent, seen)
    assert (found.usage, found.cost_usd, found.is_stale) == (seen.usage, seen.cost_usd, False)
    assert all(rule.text == LEDGER_RULES[rule.code] for rule in found.rules)


def test_every_rule_and_reason_is_documented_in_its_words():
    page = (Path(__file__).parents[2] / "docs" / "ledger.md").read_text(encoding="utf-8")
    for code, text in LEDGER_RULES.items():
        assert f"| `{code}` | {text} |" in page
    for reason in Unknown:
        assert f"| `{reason}` | {reason.text} |" in page
    for code in NOT_COUNTED:
        assert f"| `{code}` | {NotCounted(code).text} |" in page


NOT_COUNTED = ("wrapper", "duplicate", "aggregate", "inside", "tool", "no_figures", "placeholder")
