"""Everything an engine works with, put together from what is configured."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from halo_dash.analysis.analyst.answering import built_in_answer
from halo_dash.analysis.analyst.composing import built_in_report, patterns_of
from halo_dash.analysis.analyst.evidence import evidence_text
from halo_dash.analysis.engine.code import Functions, Session
from halo_dash.analysis.engine.engine import Equipment
from halo_dash.analysis.engine.recording import Sink
from halo_dash.analysis.engine.root import Access
from halo_dash.analysis.provider.connections import Connection, ConnectionLog
from halo_dash.analysis.provider.keys import find_key
from halo_dash.analysis.provider.provider import OpenAIProvider
from halo_dash.analysis.selection import Selection
from halo_dash.analysis.tools.library import ReadingLibrary
from halo_dash.errors import OvertakenError, ProviderError
from halo_dash.model.report import Report
from halo_dash.model.run import Run, RunRequest, Seen
from halo_dash.model.span import Span
from halo_dash.otlp.encode import encode_traces
from halo_dash.store import Store

USUAL_BASE_URL = "https://api.openai.com/v1"
"""Where OpenAI's own models are; what stands for a base URL that was not set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """The way to a model. The key is asked for, never kept."""

    base_url: str | None = None
    """None: OpenAI's own."""
    model: str | None = None
    """For runs that name none."""
    sub_model: str | None = None
    key: Callable[[], str | None] = lambda: None
    key_name: str = "OPENAI_API_KEY"
    """What is named where a key is missing."""
    headers: Mapping[str, str] = field(default_factory=dict)


def configured_way(base_url: str | None, model: str | None, sub_model: str | None, key_name: str) -> Way:
    """The one of the settings; its key lies in the environment or the keyring."""
    return Way(
        base_url=base_url,
        model=model,
        sub_model=sub_model,
        key=lambda: find_key(key_name),
        key_name=key_name,
    )


class Equipping:
    """Makes the equipment of engines over one store. A context manager: it closes what it opened."""

    def __init__(
        self,
        store: Store,
        way: Way,
        *,
        least: int = 10,
        write_spans: Callable[[Sequence[Span]], None] | None = None,
    ) -> None:
        """`store` is open for writing; `least`: judged traces that it takes for insights.

        `write_spans` keeps the trace of each run; None: it is written nowhere.
        """
        self._store, self._way, self._least, self._write = store, way, least, write_spans
        self._open = ExitStack()
        self._provider: OpenAIProvider | None = None
        self._file = threading.Lock()

    def __enter__(self) -> Self:
        """Nothing is opened before it is needed."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections that were made."""
        self._open.close()

    def equipment(self) -> Equipment:
        """For an engine. The code environment is loaded with the first run of a model."""
        from halo_dash.analysis.sandbox.environment import ENVIRONMENT  # noqa: PLC0415 - only where there are runs

        return Equipment(
            access=self._access,
            analyst=self._analyst,
            answer=built_in_answer,
            evidence=evidence_text,
            library=self._library,
            open_session=_open_session,
            environment=ENVIRONMENT,
            sink=self._sink,
            prices=self._store.prices,
        )

    def _access(self, run: Run) -> Access:
        if not (run.request.models.model or self._way.model):
            raise ProviderError(
                "No model is configured.",
                kind="no_model",
                hint="Set engine.model in halo.toml, name one with the run, or take the built-in analyst.",
            )
        if self._provider is None:
            self._provider = OpenAIProvider(
                self._way.base_url or USUAL_BASE_URL,
                self._way.key,
                self._way.headers,
                connections=ConnectionLog(self._note),
                key_name=self._way.key_name,
            )
            self._open.callback(self._provider.close)
        return Access(provider=self._provider, model=self._way.model, sub_model=self._way.sub_model)

    def _note(self, made: Connection) -> None:
        with self._store.writing() as tx:
            tx.runs.note_connection(made.host, made.port, made.purpose, made.last_ns)

    def _analyst(self, selection: Selection, request: RunRequest) -> Report:
        patterns = patterns_of(self._store, selection, self._least)
        return built_in_report(self._store, selection, patterns, request)

    def _library(self, selection: Selection, seen: Callable[[Seen], None]) -> ReadingLibrary:
        return ReadingLibrary.of(self._store, selection, seen)

    def _sink(self, run: Run) -> Sink:
        """The store, or the file that the run names instead."""
        path = run.request.telemetry_path

        def write(spans: Sequence[Span]) -> None:
            if path is not None:
                # A line is a whole OTLP/JSON request, as the Collector's file exporter writes it.
                with self._file, Path(path).open("ab") as file:
                    file.write(encode_traces(spans, "json") + b"\n")
            elif self._write is not None:
                self._write(spans)

        return write


def _open_session(functions: Functions, before: bytes | None) -> Session:
    from halo_dash.analysis.sandbox.limits import CodeLimits  # noqa: PLC0415 - only where a model writes code
    from halo_dash.analysis.sandbox.session import CodeSession  # noqa: PLC0415 - the same

    # An agent that is not executed here any more must not go on in its code either.
    through = (OvertakenError,)
    if before is None:
        return CodeSession(functions, CodeLimits(), through=through)
    return CodeSession.restore(before, functions, CodeLimits(), through=through)
