"""Traces are judged as they go quiet, again when they change, and again when the rules do."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from halo_dash.detect import RULES, Rule
from halo_dash.jobs.judge import Judge
from halo_dash.jobs.rule_guard import RuleGuard
from halo_dash.jobs.rule_health import MOST_ERRORS
from halo_dash.model.filter import NO_FILTER, ListQuery
from halo_dash.model.finding import Finding
from halo_dash.model.span import Span, StatusCode
from halo_dash.model.subject import Subject
from halo_dash.model.trace import QUIET_NS
from halo_dash.model.upkeep import RetentionLimits
from halo_dash.store import Store

sys.path.insert(0, str(Path(__file__).parents[1] / "detect"))
from agent_run import Run

S = 1_000_000_000
NOW = 1_780_000_000 * S


def spans_of(run: Run, trace: int, *, is_error: bool = False) -> list[Span]:
    trace_id = f"{trace:032x}"
    root = Span(
        trace_id,
        run.root,
        name="invoke_agent helper",
        start_ns=NOW,
        end_ns=run.clock,
        attributes={"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "helper"},
        status_code=StatusCode.ERROR if is_error else StatusCode.UNSET,
    )
    return [root, *(replace(span, trace_id=trace_id) for span in run.spans)]


def failed_tool(error: str = "Error: timed out after 10s") -> Run:
    return Run().tool("get_weather", {"city": "Oslo"}, error).llm("Sorry, I could not find out.")


def write(store: Store, spans: Iterable[Span], at_ns: int = NOW) -> None:
    with store.writing() as tx:
        tx.write(list(spans), source="live", received_ns=at_ns)


@pytest.fixture
def store(tmp_path: Path):
    with Store.open(tmp_path / "halo.db") as opened:
        yield opened


def judge_at(store: Store, now_ns: int, rules: Iterable[Rule] = RULES) -> int:
    return Judge(store, tuple(rules), clock=lambda: now_ns).catch_up()


def test_a_trace_is_judged_with_what_was_found_and_where(store):
    write(store, spans_of(failed_tool(), 1))
    assert store.findings.of(f"{1:032x}") is None
    assert judge_at(store, NOW) == 1
    found = store.findings.of(f"{1:032x}")
    assert found.is_failed_in_effect
    assert {each.rule for each in found.findings} == {"error-result", "unrecovered-tool"}
    stored = store.spans.get(f"{1:032x}", found.findings[0].evidence[0].span_id)
    assert stored.observation.tool_name == "get_weather"


def test_nothing_is_judged_twice_while_nothing_changes(store):
    write(store, spans_of(failed_tool(), 1))
    assert judge_at(store, NOW) == 1
    assert judge_at(store, NOW) == 0


def test_a_late_span_brings_another_verdict(store):
    run = Run().tool("get_weather", {"city": "Oslo"}, "Error: timed out")
    write(store, spans_of(run, 1))
    judge_at(store, NOW)
    before = store.findings.of(f"{1:032x}")
    assert before.is_failed_in_effect
    write(store, spans_of(run.tool("get_weather", {"city": "Oslo"}, {"t": 4}).llm("4 degrees."), 1), NOW + S)
    assert judge_at(store, NOW + S) == 1
    after = store.findings.of(f"{1:032x}")
    assert not after.is_failed_in_effect
    assert after.revision > before.revision


def test_new_rules_judge_old_traces_again(store):
    write(store, spans_of(failed_tool(), 1))
    judge_at(store, NOW, [])
    assert store.findings.of(f"{1:032x}").findings == ()
    assert judge_at(store, NOW, RULES) == 1
    assert store.findings.of(f"{1:032x}").findings
    assert judge_at(store, NOW, [replace(each, version=each.version + 1) for each in RULES]) == 1


def test_what_was_removed_has_no_findings(store):
    write(store, spans_of(failed_tool(), 1))
    write(store, spans_of(failed_tool(), 2), NOW + S)
    judge_at(store, NOW)
    for _step in store.retention.prune(RetentionLimits(arrived_before_ns=NOW + 1)):
        pass
    judge_at(store, NOW)
    assert set(store.findings.of_traces([f"{1:032x}", f"{2:032x}"])) == {f"{2:032x}"}
    assert store.findings.state(NOW).judged == 1


def test_the_same_failure_in_two_runs_is_one_cluster(store):
    write(store, spans_of(failed_tool("Error: timed out after 10s for city=Oslo"), 1))
    write(store, spans_of(failed_tool("Error: timed out after 30s for city=Bergen"), 2))
    write(store, spans_of(failed_tool("Error: no such city"), 3))
    judge_at(store, NOW)
    with store.findings.board() as board:
        sizes = {
            (board.clusters[number].rule, board.clusters[number].template): bits.size
            for number, bits in board.by_cluster.items()
            if board.clusters[number].rule == "error-result"
        }
        assert board.failed.size == 3
    assert sizes == {
        ("error-result", "Error: timed out after <n> for city=<value>"): 2,
        ("error-result", "Error: no such city"): 1,
    }


def test_clusters_stay_what_they_are_when_judged_again(store):
    for number, error in enumerate(("Error: no user Ada found here", "Error: no user Bob found here")):
        write(store, spans_of(failed_tool(error), number + 1))
    judge_at(store, NOW)
    with store.findings.board() as board:
        before = {each.name for each in board.clusters.values()}
    judge_at(store, NOW, [replace(each, version=each.version + 1) for each in RULES])
    with store.findings.board() as board:
        assert {each.name for each in board.clusters.values()} == before
        assert all(bits.size == 2 for bits in board.by_cluster.values())


def test_a_verdict_that_changed_leaves_its_cluster(store):
    run = Run().tool("get_weather", {"city": "Oslo"}, "Error: timed out")
    write(store, spans_of(run, 1))
    judge_at(store, NOW)
    with store.findings.board() as board:
        assert sum(bits.size for bits in board.by_cluster.values()) > 0
    write(store, spans_of(Run(), 1), NOW + S)
    judge_at(store, NOW + S, [])
    with store.findings.board() as board:
        assert sum(bits.size for bits in board.by_cluster.values()) == 0
        assert board.failed.size == 0


def broken(_subject: Subject) -> Iterable[Finding]:
    raise ZeroDivisionError("no")


def test_a_rule_that_keeps_raising_is_switched_off_until_it_changes(store):
    rule = Rule("broken", "Breaks", 1, broken, "claims nothing", is_builtin=False, digest="a")
    for number in range(MOST_ERRORS + 2):
        write(store, spans_of(failed_tool(), number + 1))
    judge_at(store, NOW, [*RULES, rule])
    (health,) = store.findings.health()
    assert (health.rule, health.is_off, health.message) == ("broken", True, "ZeroDivisionError: no")
    assert store.findings.of(f"{1:032x}").findings
    mended = replace(rule, find=lambda _subject: (), digest="b")
    judge_at(store, NOW, [*RULES, mended])
    assert [each.version for each in store.findings.health()] == ["1-a"]


def wait_until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)


def test_it_follows_the_store_by_itself(store):
    stop = threading.Event()
    thread = threading.Thread(target=Judge(store, RULES).run, args=(stop,))
    thread.start()
    try:
        write(store, spans_of(failed_tool(), 1), time.time_ns())
        wait_until(lambda: store.findings.of(f"{1:032x}") is not None, "the first verdict")
        write(store, spans_of(failed_tool(), 2), time.time_ns())
        wait_until(lambda: store.findings.of(f"{2:032x}") is not None, "the second verdict")
    finally:
        stop.set()
        thread.join()


def test_an_open_trace_is_judged_as_open_and_again_when_it_stays_so(store):
    run = Run().llm("Let me see.")
    write(store, [span for span in spans_of(run, 1) if span.span_id != run.root])
    judge = Judge(store, RULES, clock=lambda: NOW + 2 * S)
    judging = store.findings.judging("any")
    while judging.follow():
        pass
    assert judge._step(judging, RuleGuard(), NOW + 2 * S).judged == 1
    assert judge._step(judging, RuleGuard(), NOW + 2 * S).looked == 0
    assert judging.next_due_ns() == NOW + QUIET_NS
    judging.close()


def test_a_damaged_file_of_findings_is_made_again(store):
    write(store, spans_of(failed_tool(), 1))
    path = store.path.with_name(f"{store.path.name}.findings1")
    path.write_bytes(b"not a database at all" * 100)
    assert judge_at(store, NOW) == 1
    assert store.findings.of(f"{1:032x}").findings


def test_damage_in_the_findings_takes_no_list_down_and_is_mended(store):
    for number in range(1, 60):
        write(store, spans_of(failed_tool(f"Error: no city {number * 7919}"), number))
    judge_at(store, NOW)
    path = store.path.with_name(f"{store.path.name}.findings1")
    with Store.open(store.path, mode="ro") as reader:
        assert reader.findings.of(f"{1:032x}").findings
        damage(path)
        page = reader.traces.page(ListQuery(), NOW)
        assert page.totals.traces == 59
        assert reader.clusters.page(NO_FILTER, NOW).items == ()
        stop = threading.Event()
        thread = threading.Thread(target=Judge(store, RULES).run, args=(stop,))
        thread.start()
        try:
            wait_until(lambda: reader.findings.of(f"{1:032x}") is not None, "findings made again")
        finally:
            stop.set()
            thread.join()
        assert reader.traces.page(ListQuery(), NOW).items[0].judged is not None


def damage(path: Path) -> None:
    """Overwrite everything behind the first page, in the file and in its log."""
    for each in (path, path.with_name(f"{path.name}-wal")):
        with each.open("r+b") as file:
            size = file.seek(0, 2)
            file.seek(4096)
            file.write(b"\xa5" * max(0, size - 4096))


def test_another_store_in_the_place_of_one_that_was_judged_is_judged_anew(tmp_path):
    first, second = tmp_path / "halo.db", tmp_path / "other.db"
    with Store.open(first) as store:
        for number in (1, 2):
            write(store, spans_of(failed_tool(), number))
        judge_at(store, NOW)
    with Store.open(second) as store:
        for number in (11, 12, 13):
            write(store, spans_of(Run().llm("All is well."), number))
    with Store.open(first, mode="ro") as reader:
        with reader.findings.board() as board:
            assert board.failed.size == 2
        first.unlink()
        second.rename(first)
        with Store.open(first) as store:
            assert judge_at(store, NOW) == 3
            assert store.findings.of(f"{1:032x}") is None
            with store.findings.board() as board:
                assert (board.judged.size, board.failed.size) == (3, 0)
        with reader.findings.board() as board:
            assert (board.judged.size, board.failed.size) == (3, 0)
