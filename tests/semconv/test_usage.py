"""Tokens and cost of one call: input includes cache, output includes reasoning, unknown is not zero."""

from __future__ import annotations

import json

import pytest
from spans import span

from halo_dash.model.observation import NO_USAGE, Usage
from halo_dash.semconv import observe
from halo_dash.semconv.ledger import ledger
from halo_dash.semconv.pricing import TABLE_PRICES


def _usage(attributes) -> Usage:
    return observe(span(attributes)).usage


def cost_usd(provider, model, usage, start_ns) -> float | None:
    return TABLE_PRICES.charge(provider, model, usage, start_ns).cost_usd


@pytest.mark.parametrize(
    ("key", "blob"),
    [
        (
            "langfuse.observation.usage_details",
            {"input": 10, "output": 5, "total": 15, "input_cached_tokens": 4},
        ),
        ("mlflow.chat.tokenUsage", {"input_tokens": 10, "output_tokens": 5, "cache_read_input_tokens": 4}),
        (
            "llm.usage",
            {"prompt_tokens": 10, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 4}},
        ),
        (
            "langsmith.metadata.usage_metadata",
            {"input_tokens": 10, "output_tokens": 5, "input_token_details": {"cache_read": 4}},
        ),
    ],
)
def test_usage_objects_are_read_by_the_names_of_every_provider(key, blob):
    for value in (json.dumps(blob), blob):
        assert _usage({key: value}) == Usage(10, 5, 15, cache_read=4)


def test_details_can_travel_apart():
    attributes = {
        "gen_ai.usage.input_tokens": 10,
        "gen_ai.usage.output_tokens": 5,
        "gen_ai.usage.input_token_details": '{"cache_read": 4, "cache_creation": 2}',
        "gen_ai.usage.output_token_details": '{"reasoning": 3}',
    }
    assert _usage(attributes) == Usage(10, 5, 15, cache_read=4, cache_write=2, reasoning=3)


@pytest.mark.parametrize("count", [10**10 + 1, 2**41, 2**62, 10**30, "1e300"])
@pytest.mark.parametrize(
    "attributes",
    [
        {"gen_ai.usage.input_tokens": "HUGE", "gen_ai.usage.output_tokens": 7},
        {"gen_ai.usage.input_tokens": 5, "gen_ai.usage.output_tokens": 7, "llm.usage": {"total": "HUGE"}},
    ],
)
def test_counts_beyond_belief_are_unknown_with_a_reason(attributes, count):
    sent = span(
        {
            key: {"total": count} if isinstance(value, dict) else count if value == "HUGE" else value
            for key, value in attributes.items()
        }
        | {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o"}
    )
    seen = observe(sent)
    assert (seen.usage, seen.cost_usd) == (NO_USAGE, None)
    assert "too_many" in [rule.code for rule in ledger(sent, seen).rules]


def test_many_tokens_are_believed():
    assert _usage({"gen_ai.usage.input_tokens": 10**10}).input == 10**10


def test_a_spans_own_numbers_rank_before_its_usage_object():
    attributes = {"llm.token_count.prompt": 60, "llm.usage": '{"input_tokens": 20, "output_tokens": 8}'}
    assert _usage(attributes) == Usage(60, 8, 68)


def test_more_cached_than_sent_means_that_cache_was_counted_apart():
    attributes = {
        "gen_ai.usage.input_tokens": 20,
        "gen_ai.usage.output_tokens": 8,
        "gen_ai.usage.cache_creation.input_tokens": 40,
    }
    assert _usage(attributes) == Usage(60, 8, 68, cache_write=40)


@pytest.mark.parametrize(
    ("blob", "usage"),
    [
        (
            {"input": 60, "input_cached_tokens": 40, "output": 8, "total": 108},
            Usage(100, 8, 108, cache_read=40),
        ),
        (
            {"input": 60, "output": 8, "output_reasoning_tokens": 30, "total": 98},
            Usage(60, 38, 98, reasoning=30),
        ),
        (
            {
                "input": 60,
                "input_cached_tokens": 40,
                "output": 8,
                "output_reasoning_tokens": 30,
                "total": 138,
            },
            Usage(100, 38, 138, cache_read=40, reasoning=30),
        ),
        ({"input": 60, "input_cached_tokens": 40, "output": 8, "total": 68}, Usage(60, 8, 68, cache_read=40)),
    ],
)
def test_a_senders_total_shows_what_it_counted_apart(blob, usage):
    assert _usage({"langfuse.observation.usage_details": json.dumps(blob)}) == usage


def test_a_usage_of_nothing_but_zeros_is_unknown():
    zeros = {"gen_ai.usage.input_tokens": 0, "gen_ai.usage.output_tokens": 0, "gen_ai.usage.total_tokens": 0}
    assert _usage(zeros) == NO_USAGE


@pytest.mark.parametrize("value", ["many", -1, True, 0.5, float("inf"), 10**400, "9" * 5000, [3], {"a": 1}])
def test_nonsense_is_no_count(value):
    assert _usage({"gen_ai.usage.input_tokens": value}) == NO_USAGE


def test_aggregates_of_a_run_and_the_exports_turn_usage_are_not_read():
    attributes = {
        "gen_ai.aggregated_usage.input_tokens": 191,
        "sdk.data.usage": '{"input_tokens": 191, "output_tokens": 78}',
    }
    assert _usage(attributes) == NO_USAGE


def _cost(attributes) -> tuple[float | None, bool]:
    seen = observe(span(attributes))
    return seen.cost_usd, seen.cost_reported


CALL = {
    "gen_ai.request.model": "gpt-4o-mini",
    "gen_ai.system": "openai",
    "gen_ai.usage.input_tokens": 1_000_000,
}


def test_the_senders_cost_wins_and_is_marked():
    assert _cost(CALL | {"operation.cost": 0.5}) == (0.5, True)
    assert _cost(CALL) == (pytest.approx(0.15), False)


@pytest.mark.parametrize(
    ("details", "cost"),
    [
        ({"total": 0.3, "input": 0.1}, 0.3),
        ({"input": 0.1, "output": 0.2}, pytest.approx(0.3)),
        ({"total_cost": 0.3}, 0.3),
    ],
)
def test_cost_details_are_their_total_or_their_sum(details, cost):
    assert _cost({"langfuse.observation.cost_details": json.dumps(details)}) == (cost, True)


def test_zero_filled_cost_details_are_unknown():
    zeros = {"langfuse.observation.cost_details": '{"input": 0, "output": 0, "total": 0}'}
    assert _cost(zeros) == (None, False)
    assert _cost(CALL | zeros) == (pytest.approx(0.15), False)


def test_parts_of_a_cost_make_a_cost():
    assert _cost({"llm.cost.prompt": 0.25, "llm.cost.completion": 0.5}) == (0.75, True)


@pytest.mark.parametrize(
    ("provider", "model", "usage", "cost"),
    [
        # gpt-4o-mini: 0.15 USD a million in, 0.075 cached, 0.60 out
        ("openai", "gpt-4o-mini-2024-07-18", Usage(input=1_000_000), 0.15),
        ("openai", "gpt-4o-mini", Usage(input=1_000_000, cache_read=1_000_000), 0.075),
        ("openai", "gpt-4o-mini", Usage(input=1_000_000, output=1_000_000, cache_read=400_000), 0.72),
        # claude-sonnet-4: 3 in, 0.30 cache read, 3.75 cache write, 15 out
        ("anthropic", "claude-sonnet-4-20250514", Usage(input=60, output=38, cache_write=40), 0.00078),
        # a model name is enough where the provider is a gateway nobody has prices of
        ("my-gateway", "gpt-4o-mini", Usage(input=1_000_000), 0.15),
        (None, "gpt-4o-mini", Usage(input=1_000_000), 0.15),
        ("my-gateway", "my-gateway/gpt-4o-mini", Usage(input=1_000_000), 0.15),
    ],
)
def test_a_price_counts_fresh_cached_and_written_tokens_apart(provider, model, usage, cost):
    assert cost_usd(provider, model, usage, 1_760_000_000 * 10**9) == pytest.approx(cost)


@pytest.mark.parametrize(
    ("provider", "model", "usage"),
    [
        ("openai", "no-such-model", Usage(input=10)),
        ("openai", None, Usage(input=10)),
        ("openai", "gpt-4o-mini", NO_USAGE),
        ("ollama", "gpt-4o-mini", Usage(input=10)),
    ],
)
def test_what_is_not_known_costs_none_and_not_zero(provider, model, usage):
    assert cost_usd(provider, model, usage, 0) is None


@pytest.mark.parametrize("start_ns", [-1, 0, 2**63, 10**30])
def test_a_price_needs_no_sensible_clock(start_ns):
    assert cost_usd("openai", "gpt-4o-mini", Usage(input=10), start_ns)
    assert cost_usd("deepseek", "deepseek-chat", Usage(input=10), start_ns)


def test_our_formula_is_the_price_tables_own():
    from datetime import UTC, datetime  # noqa: PLC0415 - as above

    from genai_prices import calc_price  # noqa: PLC0415 - only here, it is slow to import
    from genai_prices.types import Usage as Priced  # noqa: PLC0415 - as above

    when = datetime(2026, 1, 15, 12, tzinfo=UTC)
    for provider, table, model in [
        ("openai", "openai", "gpt-5"),
        ("anthropic", "anthropic", "claude-sonnet-4-5"),
        ("google", "google", "gemini-2.5-pro"),
        ("xai", "x-ai", "grok-4"),
        ("mistral", "mistral", "mistral-large-latest"),
    ]:
        for tokens in (1_000, 300_000):
            usage = Usage(input=tokens, output=500, cache_read=tokens // 4)
            theirs = calc_price(
                Priced(input_tokens=tokens, output_tokens=500, cache_read_tokens=tokens // 4),
                model,
                provider_id=table,
                genai_request_timestamp=when,
            )
            ours = cost_usd(provider, model, usage, int(when.timestamp()) * 10**9)
            assert ours == pytest.approx(float(theirs.total_price)), (model, tokens)
