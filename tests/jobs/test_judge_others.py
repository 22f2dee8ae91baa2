"""Rules of others judge after ours, however slow they are, and only what is to blame is switched off."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Self

import pytest

from halo_dash.detect import RULES, Rule
from halo_dash.jobs.judge import Judge
from halo_dash.jobs.rule_guard import RuleGuard
from halo_dash.jobs.rule_health import MOST_ERRORS
from halo_dash.model.finding import Evidence, Finding
from halo_dash.model.judged import JudgedTrace
from halo_dash.model.subject import Subject
from halo_dash.store import Store
from halo_dash.store.findings.judging import Health

sys.path.insert(0, str(Path(__file__).parents[1] / "detect"))
from test_judge import NOW, failed_tool, spans_of, write

CHILD = """
import sys, threading
from pathlib import Path
from halo_dash.jobs.judge import Judge
from halo_dash.plugins import load_rules
from halo_dash.store import Store

def load(importing):
    loaded = load_rules(Path(sys.argv[2]), importing)
    return loaded.rules, loaded.problems

with Store.open(Path(sys.argv[1]), mode="ro") as store:
    job = Judge(store, load=load)
    job.limit_s = float(sys.argv[3])
    stop = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
    job.run(stop)
"""

RULE = """
from halo_dash.plugins import Subject, rule

{before}

@rule("theirs", title="Theirs")
def theirs(subject: Subject):
    {body}
    yield from ()
"""


SWALLOWS = "while True:\n    try:\n        sum(range(1000))\n    except BaseException: pass"
"""What no exception ends."""


def trace_id(number: int) -> str:
    return f"{number:032x}"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "halo.db") as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "halo_rules"
    made.mkdir()
    return made


def fill(store: Store, traces: int) -> None:
    for number in range(1, traces + 1):
        write(store, spans_of(failed_tool(), number))


def others(find: Callable[[Subject], Iterable[Finding]], name: str = "theirs", digest: str = "a") -> Rule:
    return Rule(name, "Theirs", 1, find, "Claims.", is_builtin=False, digest=digest)


def found_in(subject: Subject) -> Iterator[Finding]:
    shown = (Evidence(subject.spans[0].span_id, "structure", "it is there"),)
    yield Finding("theirs", "low", "It is there", "So it is.", shown, "none")


def rules_of(judged: JudgedTrace | None) -> set[str]:
    return {each.rule for each in judged.findings} if judged else set()


def job(store: Store, *rules: Rule, **more: object) -> Judge:
    return Judge(store, (*RULES, *rules), clock=lambda: NOW, **more)


class Child:
    """A judge in a process of its own, with the rules of a folder."""

    def __init__(self, store: Store, folder: Path, limit_s: float) -> None:
        command = [sys.executable, "-c", CHILD, str(store.path), str(folder), str(limit_s)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait for something that comes while it lives."""
        deadline = time.monotonic() + 60
        tick = threading.Event()
        while not holds():
            assert time.monotonic() < deadline
            assert self.process.poll() is None, "it ended"
            tick.wait(0.02)

    def until_it_ends(self) -> int:
        return self.process.wait(timeout=60)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=60)


def test_what_our_rules_found_is_stored_before_those_of_others_begin(store):
    fill(store, 3)
    seen: list[JudgedTrace | None] = []

    def looks(subject: Subject) -> Iterator[Finding]:
        seen.append(store.findings.of(subject.summary.trace_id))
        yield from found_in(subject)

    assert job(store, others(looks)).catch_up() == 3
    assert [rules_of(each) >= {"error-result"} for each in seen] == [True] * 3
    assert [each.is_partial for each in seen] == [True] * 3
    for number in (1, 2, 3):
        judged = store.findings.of(trace_id(number))
        assert rules_of(judged) == {"error-result", "unrecovered-tool", "theirs"}
        assert judged.is_failed_in_effect
        assert not judged.is_partial


def test_what_slow_rules_did_not_reach_is_not_called_judged_and_follows(store):
    fill(store, 5)

    def slow(subject: Subject) -> Iterator[Finding]:
        judge.step_s = 0.0
        yield from found_in(subject)

    judge = job(store, others(slow))
    judge.step_s = 3600.0
    judging = store.findings.judging("any")
    while judging.follow():
        pass
    step = judge._step(judging, RuleGuard(), NOW + 10**12)
    found = store.findings.of_traces([trace_id(number) for number in range(1, 6)])
    assert (len(found), step.judged) == (5, 1)
    assert all(rules_of(each) >= {"error-result"} for each in found.values())
    assert sum(each.is_partial for each in found.values()) == 4
    assert store.findings.state(NOW + 10**12).waiting == 4
    assert store.traces.get(next(each for each in found if found[each].is_partial)).judged.is_partial
    judging.close()
    assert job(store, others(found_in)).catch_up() == 4 + 1
    found = store.findings.of_traces([trace_id(number) for number in range(1, 6)])
    assert all("theirs" in rules_of(each) and not each.is_partial for each in found.values())


def test_a_trace_that_changed_is_judged_by_all_again(store):
    fill(store, 1)
    job(store, others(found_in)).catch_up()
    write(store, spans_of(failed_tool("Error: another one"), 1), NOW + 1)
    assert job(store, others(found_in)).catch_up() == 1
    assert "theirs" in rules_of(store.findings.of(trace_id(1)))


def test_a_rule_that_raises_is_off_after_three_traces_of_one_batch(store):
    fill(store, 10)
    asked: list[str] = []

    def raises(subject: Subject) -> Iterator[Finding]:
        asked.append(subject.summary.trace_id)
        raise ZeroDivisionError("no")

    assert job(store, others(raises)).catch_up() == 10
    assert len(asked) == MOST_ERRORS
    assert not any(store.findings.of(trace_id(number)).is_partial for number in range(1, 11))


def test_a_rule_that_does_not_end_is_stopped_where_it_is_and_switched_off_at_once(store):
    fill(store, 4)
    asked: list[str] = []

    def endless(subject: Subject) -> Iterator[Finding]:
        asked.append(subject.summary.trace_id)
        while True:
            pass
        yield from ()

    judge = job(store, others(endless, "endless"), others(found_in))
    judge.limit_s = 0.1
    assert judge.catch_up() == 4
    assert len(asked) == 1
    (health,) = store.findings.health()
    assert (health.rule, health.is_off, health.trace_id) == ("endless", True, asked[0])
    assert "still running after 0.1 s" in health.message
    assert all("theirs" in rules_of(store.findings.of(trace_id(number))) for number in range(1, 5))


needs_signals = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL and no timers")


@needs_signals
def test_what_cannot_be_interrupted_is_ended_and_left_out_by_the_next_process(store, folder):
    body = SWALLOWS.replace("\n", "\n    ")
    (folder / "a.py").write_text(RULE.format(before="", body=body))
    fill(store, 2)
    with Child(store, folder, 0.3) as first:
        assert first.until_it_ends() != 0
    assert rules_of(store.findings.of(trace_id(1))) >= {"error-result"}
    assert store.findings.of(trace_id(1)).is_partial
    with Child(store, folder, 0.3) as second:
        second.until(lambda: not store.findings.of(trace_id(1)).is_partial)
    (health,) = store.findings.health()
    assert (health.rule, health.is_off, health.errors) == ("theirs", True, 1)
    assert "still running after 0.3 s" in health.message


@needs_signals
def test_a_rule_during_which_somebody_else_ended_the_process_is_not_switched_off_for_it(store, folder):
    """The first two times it is only counted; the third says what happened, and no more."""
    body = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    (folder / "a.py").write_text(RULE.format(before="", body=body))
    fill(store, 2)

    def health() -> Health | None:
        return next(iter(store.findings.health()), None)

    for death in range(1, MOST_ERRORS + 1):
        with Child(store, folder, 30) as child:
            assert child.until_it_ends() < 0
        assert (health().errors if health() else 0) == death - 1
        assert not (health() and health().is_off)
    with Child(store, folder, 30) as last:
        last.until(lambda: not store.findings.of(trace_id(1)).is_partial)
    assert (health().errors, health().is_off) == (MOST_ERRORS, True)
    assert "ended from outside while it ran (3 of 3 times)" in health().message


@needs_signals
def test_who_is_told_to_stop_stops_in_the_middle_of_a_rule(store, folder):
    (folder / "a.py").write_text(RULE.format(before="", body="while True: pass"))
    fill(store, 1)
    with Child(store, folder, 3600) as child:
        child.until(lambda: store.findings.of(trace_id(1)) is not None)
    assert child.process.returncode == 0
    assert store.findings.health() == ()
    assert not store.path.with_name(f"{store.path.name}.judging").exists()


@needs_signals
def test_a_file_that_is_never_imported_holds_up_nobody(store, folder):
    marks = folder / "marks.txt"
    before = f"with open({str(marks)!r}, 'a') as file: file.write('x')\nwhile True: pass"
    (folder / "a.py").write_text(RULE.format(before=before, body="pass"))
    (folder / "b.py").write_text(RULE.format(before="", body="pass").replace("theirs", "still-there", 1))
    fill(store, 1)
    for _times in range(2):
        with Child(store, folder, 0.2) as child:
            child.until(
                lambda: (judged := store.findings.of(trace_id(1))) is not None and not judged.is_partial
            )
        rules, problems = store.findings.rules()
        assert "still-there" in {each.name for each in rules}
        assert [each.source for each in problems] == [str(folder / "a.py")]
        assert "still being imported after 0.2 s, at line" in problems[0].message
    # The second process knew.
    assert marks.read_text() == "x"


@needs_signals
def test_a_file_that_ends_the_process_while_it_is_imported_is_left_out_by_the_next(store, folder):
    (folder / "a.py").write_text(RULE.format(before=SWALLOWS, body="pass"))
    fill(store, 1)
    with Child(store, folder, 0.2) as first:
        assert first.until_it_ends() != 0
    with Child(store, folder, 0.2) as second:
        second.until(lambda: store.findings.of(trace_id(1)) is not None)
    _rules, problems = store.findings.rules()
    assert [each.source for each in problems] == [str(folder / "a.py")]


def test_a_rule_that_is_tried_again_judges_all_traces_again(store):
    fill(store, 4)
    is_broken = True

    def moody(subject: Subject) -> Iterator[Finding]:
        if is_broken:
            raise ZeroDivisionError("no")
        yield from found_in(subject)

    rule = others(moody)
    job(store, rule).catch_up()
    is_broken = False
    assert job(store, rule).catch_up() == 0
    assert not store.findings.try_again("nobody")
    assert store.findings.try_again("theirs")
    assert job(store, rule).catch_up() == 4
    assert store.findings.health() == ()
    assert all("theirs" in rules_of(store.findings.of(trace_id(number))) for number in range(1, 5))


def test_a_judge_at_work_hears_that_a_rule_is_to_be_tried_again(store):
    fill(store, 4)
    is_broken = True

    def moody(subject: Subject) -> Iterator[Finding]:
        if is_broken:
            raise ZeroDivisionError("no")
        yield from found_in(subject)

    stop = threading.Event()
    thread = threading.Thread(target=Judge(store, (*RULES, others(moody))).run, args=(stop,))
    thread.start()
    deadline = time.monotonic() + 60

    def wait_until(holds: Callable[[], bool]) -> None:
        while not holds():
            assert time.monotonic() < deadline
            stop.wait(0.02)

    try:
        wait_until(lambda: any(each.is_off for each in store.findings.health()))
        is_broken = False
        assert store.findings.try_again("theirs")
        wait_until(lambda: "theirs" in rules_of(store.findings.of(trace_id(1))))
    finally:
        stop.set()
        thread.join()
