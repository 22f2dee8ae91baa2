"""The judge knows how a step went before and how much a model takes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from halo_dash.detect import RULES
from halo_dash.jobs.judge import Judge
from halo_dash.model.observation import Kind
from halo_dash.model.span import Attributes, Span
from halo_dash.store import Store
from halo_dash.store.step_history import HOUR_NS, MOST_TRACES

S = 1_000_000_000
NOW = 1_780_000_000 * S // HOUR_NS * HOUR_NS + HOUR_NS // 2


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "halo.db") as opened:
        yield opened


def agent_run(number: int, start_ns: int, tool_ns: int, prompts: tuple[int, ...] = (900,)) -> list[Span]:
    """An agent that calls a tool and a model."""
    trace_id, clock = f"{number:032x}", start_ns
    about: Attributes = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "run_tests"}
    spans = [
        Span(
            trace_id,
            "2" * 16,
            "1" * 16,
            name="tests",
            start_ns=clock,
            end_ns=clock + tool_ns,
            attributes=about,
        )
    ]
    for at, tokens in enumerate(prompts):
        clock += tool_ns + S
        said: Attributes = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.usage.input_tokens": tokens,
            "gen_ai.usage.output_tokens": 10,
        }
        spans.append(
            Span(
                trace_id,
                f"{at + 3:016x}",
                "1" * 16,
                name="chat",
                start_ns=clock,
                end_ns=clock + S,
                attributes=said,
            )
        )
    root: Attributes = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "coder"}
    return [
        Span(
            trace_id,
            "1" * 16,
            name="invoke_agent coder",
            start_ns=start_ns,
            end_ns=clock + 2 * S,
            attributes=root,
        ),
        *spans,
    ]


def write(store: Store, *runs: list[Span]) -> None:
    with store.writing() as tx:
        tx.write([span for run in runs for span in run], source="live", received_ns=NOW)


def rules_of(store: Store, number: int) -> set[str]:
    found = store.findings.of(f"{number:032x}")
    assert found is not None
    return {each.rule for each in found.findings}


def judge(store: Store) -> None:
    Judge(store, RULES, clock=lambda: NOW).catch_up()


def test_a_step_that_takes_far_longer_than_it_did_before_is_found(store: Store) -> None:
    before = [agent_run(n, NOW - HOUR_NS - n * 60 * S, 2 * S) for n in range(1, 41)]
    write(store, *before, agent_run(99, NOW, 60 * S), agent_run(98, NOW, 3 * S))
    judge(store)
    assert "outlier" in rules_of(store, 99)
    assert "outlier" not in rules_of(store, 98)
    found = store.findings.of(f"{99:032x}")
    titles = {each.title for each in found.findings if each.rule == "outlier"}
    # The agent took as long as its tool did; the model did not.
    assert titles == {"run_tests took 60.0 s, usually 2.0 s", "coder took 63.0 s, usually 5.0 s"}


def test_later_runs_and_those_of_the_same_hour_are_no_history(store: Store) -> None:
    write(store, *(agent_run(n, NOW + n * S, 2 * S) for n in range(1, 41)), agent_run(99, NOW, 60 * S))
    judge(store)
    assert "outlier" not in rules_of(store, 99)


def test_a_step_with_little_history_is_not_judged(store: Store) -> None:
    write(store, *(agent_run(n, NOW - HOUR_NS, 2 * S) for n in range(1, 21)), agent_run(99, NOW, 60 * S))
    judge(store)
    assert "outlier" not in rules_of(store, 99)


def test_a_prompt_that_grows_towards_the_window_of_its_model_is_found(store: Store) -> None:
    window = store.prices.context_window("openai", "gpt-4o")
    assert window is not None
    write(
        store,
        agent_run(1, NOW, S, (1_000, window // 2, window - 1_000)),
        agent_run(2, NOW, S, (1_000, window // 2)),
    )
    judge(store)
    assert "context-filling" in rules_of(store, 1)
    assert "context-filling" not in rules_of(store, 2)


def test_history_is_what_sorting_all_durations_gives(store: Store) -> None:
    chance = random.Random(5)  # noqa: S311 - test data
    taken = [chance.randrange(1, 10**10) for _ in range(60)]
    sent = [chance.randrange(1, 10**5) for _ in range(60)]
    runs = zip(taken, sent, strict=True)
    write(
        store,
        *(agent_run(n, NOW - (n + 1) * HOUR_NS, ns, (tokens,)) for n, (ns, tokens) in enumerate(runs, 1)),
    )
    history = store.steps.before(NOW)
    usual, model = history[Kind.TOOL, "run_tests"], history[Kind.LLM, "gpt-4o"]
    assert (usual.calls, usual.p50_ns, usual.p95_ns) == (60, sorted(taken)[29], sorted(taken)[56])
    assert (usual.p50_tokens, usual.p95_tokens) == (0, 0)
    assert (model.p50_tokens, model.p95_tokens) == (sorted(sent)[29] + 10, sorted(sent)[56] + 10)
    assert history[Kind.AGENT, "invoke_agent coder"].calls == 60
    assert store.steps.before(NOW - 31 * HOUR_NS)[Kind.TOOL, "run_tests"].calls == 30
    assert store.steps.before(0) == {}


def test_only_the_newest_traces_make_a_history(store: Store) -> None:
    old = [agent_run(n, NOW - 9 * HOUR_NS, 9 * S) for n in range(1, 11)]
    new = [agent_run(n + 100, NOW - HOUR_NS, 2 * S) for n in range(MOST_TRACES)]
    write(store, *old, *new)
    usual = store.steps.before(NOW)[Kind.TOOL, "run_tests"]
    assert (usual.calls, usual.p95_ns) == (MOST_TRACES, 2 * S)
