"""Whole runs against the scripted server."""

from __future__ import annotations

from halo_dash.model.run import RunLimits, RunRequest
from halo_dash.store import Store
from tests.analysis.engine.bench import report_of, run
from tests.analysis.engine.shop import FAILING, QUOTE
from tests.analysis.scripted import Answer, ScriptedRequest, ScriptedServer, call

ASK = RunRequest(prompt="Why do refunds fail?", limits=RunLimits(max_depth=0))


def finding(trace_id: str, quote: str = QUOTE) -> dict[str, object]:
    return {
        "title": "Refunds after 30 days fail", "severity": "high", "runs": 4, "base": 12,
        "explanation": "e", "hypothesis": "h", "fix": "f",
        "check": {"filter": "tool=refund&status=error", "label": "failed refunds"},
        "evidence": [{"trace_id": trace_id, "span_id": "c" * 16, "field": "tool_result", "quote": quote}],
    }  # fmt: skip


def look_then_report(request: ScriptedRequest) -> Answer:
    if request.turn == 0:
        return call("query_traces", filter={"status": "error"})
    if request.turn == 1:
        return call("view_trace", trace_id=request.result("query_traces")["traces"][0])
    found = request.result("query_traces")["traces"]
    spans = request.result("view_trace")["spans"]
    assert any(QUOTE in text for text in spans[2]["fields"].values()), spans
    return call("final_answer", title="Refunds", summary="Some fail.", findings=[finding(found[0])])


def test_a_run_reads_and_reports_what_holds(store: Store, scripted: ScriptedServer) -> None:
    scripted.script = look_then_report
    done = run(store, scripted.base_url, ASK)
    assert (done.state, done.reason) == ("completed", "")
    report = report_of(store, done)
    (found,) = report.findings
    assert found.evidence[0].trace_id == FAILING[0]
    assert found.evidence[0].is_verified, found.evidence[0].problem
    assert (done.usage.turns, done.usage.model_calls, done.usage.tool_calls) == (3, 3, 2)
    assert (done.usage.input_tokens, done.usage.output_tokens) == (300, 60)
