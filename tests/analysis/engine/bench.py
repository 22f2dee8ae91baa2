"""An engine over a store, with the scripted server for its models."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import closing
from decimal import Decimal
from typing import Any

from halo_dash.analysis.engine.code import Functions
from halo_dash.analysis.engine.engine import Engine, Equipment
from halo_dash.analysis.engine.root import Access
from halo_dash.analysis.engine.telemetry import file_sink
from halo_dash.analysis.provider.connections import ConnectionLog
from halo_dash.analysis.provider.patience import Patience
from halo_dash.analysis.provider.provider import OpenAIProvider
from halo_dash.analysis.sandbox.limits import CodeLimits
from halo_dash.analysis.sandbox.session import CodeSession
from halo_dash.analysis.selection import Selection
from halo_dash.analysis.tools.library import ReadingLibrary
from halo_dash.config.prices import PriceOverride
from halo_dash.errors import OvertakenError
from halo_dash.model.report import Report
from halo_dash.model.run import Run, RunRequest
from halo_dash.model.span import Span
from halo_dash.semconv.pricing import PriceBook
from halo_dash.store import Store

QUICK = Patience(attempts=3, first_wait_s=0.01, longest_wait_s=0.02)
KEY = "sk-canary-7f3a9e1b2c"
PRICES = PriceBook(
    [
        PriceOverride(pattern="large", input=Decimal(10), output=Decimal(10)),
        PriceOverride(pattern="small", input=Decimal(1), output=Decimal(1)),
    ]
)


def open_session(functions: Functions, before: bytes | None) -> CodeSession:
    limits = CodeLimits(seconds=1.0)
    through = (OvertakenError,)
    if before is None:
        return CodeSession(functions, limits, through=through)
    return CodeSession.restore(before, functions, limits, through=through)


CODE: dict[str, Any] = {"open_session": open_session, "environment": "A subset of Python."}


def provider_of(
    base_url: str, timeout_s: float = 5.0, patience: Patience = QUICK, **_others: Any
) -> OpenAIProvider:
    return OpenAIProvider(
        base_url, lambda: KEY, connections=ConnectionLog(), timeout_s=timeout_s, patience=patience
    )


def equipment(store: Store, provider: OpenAIProvider, **changes: Any) -> Equipment:
    for each in ("timeout_s", "patience"):
        changes.pop(each, None)
    window = changes.pop("window_tokens", None)

    def sink(made: Run) -> Any:
        if made.request.telemetry_path:
            return file_sink(made.request.telemetry_path)

        def write(spans: Sequence[Span]) -> None:
            with store.writing() as tx:
                tx.write(spans, source="engine", received_ns=spans[0].start_ns)

        return write

    given: dict[str, Any] = {
        "access": lambda _run: Access(
            provider=provider, model="large", sub_model="small", window_tokens=window
        ),
        "analyst": lambda _selection, _request: Report(
            title="Counted", summary="By machine.", author="built_in"
        ),
        "answer": lambda report, question: Report(title=question, summary=report.summary, author="built_in"),
        "evidence": lambda report: report.summary,
        "library": lambda selection, seen: ReadingLibrary.of(store, selection, seen),
        "open_session": None,
        "environment": "",
        "sink": sink,
        "prices": PRICES,
    }
    return Equipment(**{**given, **changes})


def run(store: Store, base_url: str, request: RunRequest, **changes: Any) -> Run:
    """Create a run and execute it to its end."""
    with store.writing() as tx:
        made = tx.runs.create_conversation(request, 1)
    return execute(store, base_url, made.run_id, **changes)


def execute(store: Store, base_url: str, run_id: str, **changes: Any) -> Run:
    stop = changes.pop("stop", None) or threading.Event()
    with closing(provider_of(base_url, **changes)) as provider:
        return Engine(store, equipment(store, provider, **changes)).execute(run_id, stop)


def report_of(store: Store, run: Run) -> Report:
    """What came of a run."""
    messages = store.runs.conversation(run.conversation_id).messages
    (found,) = [each.report for each in messages if each.run_id == run.run_id and each.report is not None]
    return found


def selection_of(store: Store, run: Run) -> Selection:
    dumped = store.runs.control(run.run_id).selection
    assert dumped is not None
    return Selection.load(store, dumped)
