"""Runs of every state, written as the engine writes them, over traces that are there."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from halo_dash.model.filter import Filter
from halo_dash.model.report import Check, Citation, CodePlace, Report, ReportFinding
from halo_dash.model.run import Run, RunEvent, RunLimits, RunModels, RunRequest, RunUsage, Seen, SelectionSize
from halo_dash.store import Store
from halo_dash.store.runs.progress import Progress
from halo_dash.store.runs.values import Checkpoint

from .conftest import Dashboard, put, run, serving

S = 1_000_000_000
ME = "planted"
ANSWER = "330 metres"
HOSTILE = '<img src=x onerror="alert(1)"> **bold** [a](https://evil.example/?q=secret) ![i](http://evil.example/i.png)'
REQUEST = RunRequest(
    prompt="Why do research runs fail?",
    filter=Filter(agent=("researcher",)),
    models=RunModels(model="gpt-test"),
    limits=RunLimits(budget_usd=2.0),
)


def report_over(trace_id: str, span_id: str, quote: str) -> Report:
    """Two findings: one proven, one whose citation and count do not hold."""
    good = Citation(trace_id=trace_id, span_id=span_id, field="output", quote=quote, is_verified=True)
    bad = replace(
        good, quote="nobody said this", is_verified=False, problem="it stands nowhere in that field"
    )
    return Report(
        title="Searches are repeated without another query",
        summary=f"**Half of the runs** search again with the same words.\n\n- 3 patterns\n- {HOSTILE}",
        findings=(
            ReportFinding(
                finding_id="1",
                title="web_search is called again with the same query",
                category="retry loop",
                severity="high",
                explanation="An empty result is answered with the same query up to three times.",
                hypothesis="The prompt does not say what to do with an empty result.",
                fix="Tell the model to reword the query once, then to say that nothing was found.",
                runs=21,
                base=140,
                counted_runs=21,
                evidence=(good, bad),
                brief="In the researcher agent, web_search is retried unchanged.\nReword the query instead.",
                check=Check(
                    query="rule=retry-loop&tool=web_search", label="retry loop", hits=21, base=140
                ),
                code=(CodePlace(path="agent/search.py", line=31, commit="1a2b3c4", is_verified=True),),
            ),
            ReportFinding(
                finding_id="2",
                title=f"Titles may be hostile {HOSTILE}",
                category="claim",
                severity="low",
                explanation=HOSTILE,
                hypothesis="",
                fix="",
                runs=9,
                base=140,
                counted_runs=4,
                evidence=(bad,),
                check=Check(query="nonsense", label="no filter", problem="nonsense is no filter"),
            ),
        ),
        not_judged=("Whether the answers are right.",),
    )  # fmt: skip


def events(now_ns: int) -> tuple[RunEvent, ...]:
    """A turn with a tool, a subagent that looks at one thing, a retry, a limit."""

    def event(kind: str, turn: int, agent: str = "0", /, **data: object) -> RunEvent:
        return RunEvent(sequence=0, at_ns=now_ns, kind=kind, agent=agent, turn=turn, data=data)  # type: ignore[arg-type]  # a plain string names it

    def called(turn: int, agent: str, call_id: str, name: str, arguments: str) -> RunEvent:
        return event("tool_call", turn, agent, call_id=call_id, name=name, arguments=arguments)

    def returned(turn: int, agent: str, call_id: str, text: str, *, is_error: bool = False) -> RunEvent:
        return event(
            "tool_result", turn, agent, call_id=call_id, text=text, is_error=is_error, duration_ms=12.5
        )

    return (
        event("selection", 0, note="140 runs were selected; 61 of them are read, every failure among them."),
        event("turn", 1, turn=1, turns_left=49),
        event("text", 1, text="I look at what there is first."),
        called(1, "0", "c1", "get_dataset_overview", "{}"),
        returned(1, "0", "c1", '{"traces": 140}' + " " * 5000),
        called(2, "0", "c2", "run_code", '{"code": "print(count(status=\'error\'))"}'),
        returned(2, "0", "c2", "NameError: name 'x' is not defined", is_error=True),
        event("subagent", 2, child="0.1", question="What do failing runs share?", state="started"),
        called(1, "0.1", "d1", "search_trace", '{"text": "timed out"}'),
        returned(1, "0.1", "d1", "[]"),
        event("subagent", 2, child="0.1", question="", state="ended", answer="All of them call get_weather."),
        event("retry", 3, failure="rate_limit", message="The provider asked to wait", attempt=1, wait_s=2.0),
        event("limit", 3, limit="turns", message="10 turns are left."),
        event("compaction", 3, items=14, tokens_before=90000, tokens_after=4000),
        event("citations", 3, verified=1, unverified=2, round=1),
    )


def plant_done(store: Store, trace_ids: Sequence[str], report: Report, now_ns: int) -> Run:
    """A run that is done, with its report."""
    with store.writing() as tx:
        run = tx.runs.create_conversation(REQUEST, now_ns - 300 * S)
        _begin(tx.runs.progress, run, now_ns - 299 * S)
        step = Checkpoint(events=events(now_ns), seen=_seen(trace_ids))
        usage = RunUsage(
            turns=12, model_calls=31, tool_calls=44, subagents=1, input_tokens=180_000, cached_tokens=90_000,
            output_tokens=6_000, cost_usd=0.31,
        )  # fmt: skip
        tx.runs.progress.end(
            run.run_id, ME, state="completed", reason="", usage=usage, active_ms=252_000,
            now_ns=now_ns - 47 * S, step=step, report=report,
            content=f"# {report.title}\n\n{report.summary}\n",
        )  # fmt: skip
    return store.runs.get(run.run_id)


def plant_running(store: Store, trace_ids: Sequence[str], now_ns: int) -> Run:
    """A run under way: a tool that has not answered yet."""
    with store.writing() as tx:
        run = tx.runs.create_conversation(replace(REQUEST, prompt="Where does money go?"), now_ns - 60 * S)
        _begin(tx.runs.progress, run, now_ns - 59 * S)
        waiting = RunEvent(
            sequence=0, at_ns=now_ns, kind="tool_call", turn=3,
            data={"call_id": "c9", "name": "view_trace", "arguments": '{"trace_id": "…"}'},
        )  # fmt: skip
        step = Checkpoint(
            events=(*events(now_ns)[:9], waiting), phase="reading", seen=_seen(trace_ids[:3]),
            usage=RunUsage(
                turns=3, model_calls=4, tool_calls=4, input_tokens=9_000, output_tokens=400, cost_usd=0.02,
                cost_is_partial=True,
            ),
        )  # fmt: skip
        tx.runs.progress.checkpoint(run.run_id, ME, step)
    return store.runs.get(run.run_id)


def plant_failed(store: Store, now_ns: int) -> Run:
    """A run that ended without a report."""
    with store.writing() as tx:
        run = tx.runs.create_conversation(replace(REQUEST, prompt="What changed?"), now_ns - 3600 * S)
        _begin(tx.runs.progress, run, now_ns - 3599 * S)
        tx.runs.progress.end(
            run.run_id, ME, state="failed", reason="The provider does not accept the key.",
            usage=RunUsage(), active_ms=900, now_ns=now_ns - 3598 * S, step=Checkpoint(),
        )  # fmt: skip
    return store.runs.get(run.run_id)


def _begin(progress: Progress, run: Run, now_ns: int) -> None:
    assert progress.claim(ME, now_ns, now_ns + 3600 * S, run_id=run.run_id) is not None
    size = SelectionSize(traces=140, spans=1960, read_traces=61, read_spans=980)
    progress.freeze(run.run_id, ME, {}, size, "ab" * 16)


def _seen(trace_ids: Sequence[str]) -> tuple[Seen, ...]:
    degrees = ("read", "viewed", "searched", "listed")
    return tuple(
        Seen(trace_id=each, agent="0" if at % 3 else "0.1", how=degrees[at % 4], spans=frozenset({"1", "2"}))  # type: ignore[arg-type]  # a plain string names it
        for at, each in enumerate(trace_ids)
    )


@dataclass(frozen=True)
class Planted:
    """What stands in a store with runs of every state."""

    dashboard: Dashboard
    done: Run
    running: Run
    failed: Run


@contextlib.contextmanager
def planted_dashboard(folder: Path) -> Iterator[Planted]:
    """A dashboard over a few runs of an agent, and analyses of them; for tests that only read."""
    with serving(folder) as start:
        dashboard = start()
        put(dashboard.db, *(run(number, fails=number == 3) for number in range(1, 7)), run(9, agent="writer"))
        ids = [f"{number:032x}" for number in range(1, 7)]
        now_ns = time.time_ns()
        with Store.open(dashboard.db) as store:
            report = report_over(ids[0], f"{16:016x}", ANSWER)
            yield Planted(
                dashboard,
                done=plant_done(store, ids, report, now_ns),
                running=plant_running(store, ids, now_ns),
                failed=plant_failed(store, now_ns),
            )
