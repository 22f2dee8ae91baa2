"""What an engine works with: the models of the settings, the store, the code environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from urllib.parse import urlsplit

from halo_dash.analysis.analyst.answering import built_in_answer
from halo_dash.analysis.analyst.composing import built_in_report
from halo_dash.analysis.analyst.evidence import evidence_text
from halo_dash.analysis.engine.code import Functions
from halo_dash.analysis.engine.engine import Equipment
from halo_dash.analysis.engine.recording import Sink
from halo_dash.analysis.engine.root import Access
from halo_dash.analysis.engine.telemetry import file_sink
from halo_dash.analysis.provider.connections import Connection, ConnectionLog
from halo_dash.analysis.provider.keys import find_key
from halo_dash.analysis.provider.provider import USUAL_BASE_URL, OpenAIProvider
from halo_dash.analysis.sandbox.environment import ENVIRONMENT
from halo_dash.analysis.sandbox.session import CodeSession
from halo_dash.analysis.selection import Selection
from halo_dash.analysis.tools.code import CODE_TEXT
from halo_dash.analysis.tools.library import ReadingLibrary
from halo_dash.config.names import is_this_machine
from halo_dash.config.settings import EngineSettings
from halo_dash.errors import OvertakenError, StoreError
from halo_dash.model.report import Report
from halo_dash.model.run import Run, RunRequest
from halo_dash.model.span import Span
from halo_dash.patterns.reading import read_patterns
from halo_dash.store import Store

_OWN_SERVER = "vllm"
"""To the price table: a server that people run themselves, where a hosted model's price says nothing."""


class EngineRoom:
    """Of one process. The way to the models is opened with the first run that asks one."""

    def __init__(
        self,
        store: Store,
        settings: EngineSettings,
        *,
        write: Sink | None = None,
        key: Callable[[], str | None] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """`store` is open for writing; `write` keeps the trace of a run; None: only a file it names does.

        `key` is asked before each call; None: the environment, then the keyring. `headers` go with each call.
        """
        self._store, self._settings, self._write = store, settings, write
        self._key = key or (lambda: find_key(settings.api_key_env))
        self._headers = headers or {}
        self._provider: OpenAIProvider | None = None

    def equipment(self) -> Equipment:
        """For an engine."""
        return Equipment(
            access=self._access,
            analyst=self._analyst,
            answer=built_in_answer,
            evidence=evidence_text,
            library=lambda selection, seen: ReadingLibrary.of(self._store, selection, seen),
            open_session=open_session,
            environment=f"{ENVIRONMENT}\nFunctions of the dashboard:\n{CODE_TEXT}",
            sink=self._sink,
            prices=self._store.prices,
        )

    def close(self) -> None:
        """Close the way to the models."""
        if self._provider is not None:
            self._provider.close()

    def _access(self, _run: Run) -> Access:
        settings = self._settings
        base_url = settings.base_url or USUAL_BASE_URL
        if self._provider is None:
            self._provider = OpenAIProvider(
                base_url,
                self._key,
                self._headers,
                connections=ConnectionLog(self._note),
                key_name=settings.api_key_env,
            )
        is_own = is_this_machine(urlsplit(base_url).hostname or "")
        return Access(
            provider=self._provider,
            model=settings.model,
            sub_model=settings.sub_model,
            price_provider=_OWN_SERVER if is_own else None,
        )

    def _note(self, made: Connection) -> None:
        # What cannot be noted just now is no reason not to ask: the next connection is.
        with suppress(StoreError), self._store.writing() as tx:
            tx.runs.note_connection(made.host, made.port, made.purpose, made.last_ns)

    def _analyst(self, selection: Selection, request: RunRequest) -> Report:
        least = self._settings.min_traces_for_systemic_analysis
        patterns = read_patterns(self._store, selection.chosen, least, selection.now_ns)
        return built_in_report(self._store, selection, patterns, request)

    def _sink(self, run: Run) -> Sink:
        path = run.request.telemetry_path
        return file_sink(path) if path else (self._write or _nowhere)


def _nowhere(_spans: Sequence[Span]) -> None:
    """Nobody asked for the trace of the run."""


def open_session(functions: Functions, before: bytes | None) -> CodeSession:
    """A code session, with the variables of one before."""
    through = (OvertakenError,)
    if before is None:
        return CodeSession(functions, through=through)
    return CodeSession.restore(before, functions, through=through)
