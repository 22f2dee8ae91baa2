"""Made-up traces, one of each state, for the page that shows every part. Never mixed with real ones."""

from __future__ import annotations

from dataclasses import replace

from halo_dash.model.annotation import Annotation, Target, gathered
from halo_dash.model.finding import SEVERITIES, Ending, Evidence, Finding
from halo_dash.model.judged import JudgedTrace
from halo_dash.model.observation import Failure, Kind, Usage
from halo_dash.model.trace import TraceRow, TraceSummary
from halo_dash.web.annotations import Elsewhere, Noted, noted
from halo_dash.web.searching import FoundRow, FoundText

_S = 1_000_000_000


def sample_rows(now_ns: int) -> tuple[TraceRow, ...]:
    """A run that is ok, failed, recovered, running, incomplete, and one that says as little as possible."""
    start_ns = now_ns - 90 * _S
    ok = TraceSummary(
        trace_id="0" * 31 + "1",
        name="invoke_agent researcher",
        kind=Kind.AGENT,
        root_span_id="1",
        start_ns=start_ns,
        end_ns=start_ns + 4 * _S,
        is_error=False,
        is_open=False,
        span_count=9,
        error_count=0,
        llm_calls=3,
        tool_calls=2,
        orphan_count=0,
        usage=Usage(input=1180, output=54, total=1234),
        cost_usd=0.0031,
        services=("research",),
        environment="staging",
        agents=((None, "researcher"),),
        session_id="conv-1003",
        models=("gpt-4o-mini",),
        input_preview="Who designed the Harpa concert hall?",
        output_preview="Henning Larsen Architects, with Olafur Eliasson.",
    )
    failure = Failure("WeatherBackendError", "weather backend timed out after 10s for city=Reykjavík")
    failed = replace(
        ok,
        trace_id="0" * 31 + "2",
        is_error=True,
        error_count=2,
        failure=failure,
        failed_name="get_weather",
        input_preview="What is the weather in Reykjavík right now?",
        output_preview="→ get_weather(city=Reykjavík)",
        cost_is_partial=True,
        end_ns=start_ns + 11 * _S,
    )
    recovered = replace(
        failed, trace_id="0" * 31 + "3", is_error=False, output_preview="Sorry, I cannot say."
    )
    running = replace(ok, trace_id="0" * 31 + "4", is_open=True, output_preview=None)
    orphaned = replace(
        running, trace_id="0" * 31 + "5", root_span_id=None, kind=Kind.LLM, name="chat gpt-4o-mini", agents=()
    )
    bare = TraceSummary("0" * 31 + "6", "", Kind.SPAN, "1", start_ns, start_ns, False, False, 1, 0, 0, 0, 0)  # noqa: FBT003 - by position, to show that nothing else is set
    return (
        TraceRow(ok, "live", start_ns, start_ns, 1, verdicts=("bad",), tags=("regression", "slow")),
        TraceRow(replace(ok, trace_id="0" * 31 + "7"), "live", start_ns, start_ns, 1, judged=sample_judged()),
        *(TraceRow(summary, "live", start_ns, start_ns, 1) for summary in (failed, recovered, running)),
        *(TraceRow(summary, "import", start_ns, start_ns, 1) for summary in (orphaned, bare)),
    )


def sample_judged() -> JudgedTrace:
    """A run that reported ok and ended in a failed tool; one finding of each severity."""
    endings: tuple[Ending, ...] = ("failed", "recovered", "none", "none")
    titles = (
        "get_weather returned an error as its result: no such city",
        "web_search was called 3 times with the same arguments",
        "web_search found nothing",
        "The run stood still for 40 s",
    )
    rules = ("error-result", "retry-loop", "empty-result", "stall")
    findings = tuple(
        Finding(
            rule=rule,
            severity=severity,
            title=title,
            explanation="Nothing came of it, and the run went on as if it had.",
            evidence=tuple(Evidence("1", "output", "no such city") for _ in range(at + 1)),
            ending=ending,
        )
        for at, (rule, severity, title, ending) in enumerate(
            zip(rules, SEVERITIES, titles, endings, strict=True)
        )
    )
    return JudgedTrace("0" * 31 + "7", 1, is_failed_in_effect=True, findings=findings, clusters=rules)


def sample_noted(now_ns: int) -> Noted:
    """A trace of which somebody said something."""
    target = Target("0" * 31 + "1")
    text = "The answer names the wrong architect.\nSee run 3 of the same question."
    held = gathered(
        target,
        (
            Annotation(target, "verdict", "", "bad", now_ns, now_ns),
            Annotation(target, "tag", "regression", "regression", now_ns, now_ns),
            Annotation(target, "note", "1", text, now_ns - 90 * _S, now_ns),
        ),
    )
    span = Elsewhere("Span", "chat gpt-4o-mini", "/patterns", "bad · slow · 2 notes")
    return noted(target, held, "/patterns", elsewhere=[span])


def sample_found() -> FoundRow:
    """Why a search for `Harpa` lists a run."""
    snippet = (("Who designed the ", False), ("Harpa", True), (" concert hall?", False))
    return FoundRow(FoundText("user", snippet, "/patterns"), "3 user · 2 tool result", is_whole=False)
