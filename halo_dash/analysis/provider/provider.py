"""The one way to a model: any server that speaks OpenAI's protocol."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from halo_dash.analysis.provider.address import Address, read_address
from halo_dash.analysis.provider.asking import Asking
from halo_dash.analysis.provider.connections import ConnectionLog, Purpose
from halo_dash.analysis.provider.endpoint import Endpoint
from halo_dash.analysis.provider.patience import Patience
from halo_dash.analysis.provider.wire import ModelCall, Reply, RetryNotice, Stopped

USUAL_BASE_URL = "https://api.openai.com/v1"
"""Where OpenAI's own models are; what a base URL that is not set stands for."""

TIMEOUT_S = 300.0
"""Silence that is waited out; a reasoning model thinks for minutes before its first word."""


class OpenAIProvider:
    """Asks models at one base URL. Thread-safe. `openai` is imported with the first call.

    `key` is asked before each attempt; None sends none, as servers on one's own machine need none. Elsewhere
    nobody is asked without a key, or a header that stands for one. `key_name`
    is the environment variable that is named where a key is missing. Raises UsageError where the base URL or
    a header cannot be used.
    """

    def __init__(
        self,
        base_url: str,
        key: Callable[[], str | None],
        headers: Mapping[str, str] | None = None,
        *,
        connections: ConnectionLog,
        timeout_s: float = TIMEOUT_S,
        on_retry: Callable[[RetryNotice], None] | None = None,
        patience: Patience | None = None,
        key_name: str | None = None,
        purpose: Purpose = "model",
    ) -> None:
        self._endpoint = Endpoint(
            read_address(base_url),
            key,
            headers or {},
            connections=connections,
            timeout_s=timeout_s,
            key_name=key_name,
            purpose=purpose,
        )
        self._patience = patience or Patience()
        self._on_retry = on_retry

    @property
    def address(self) -> Address:
        """Where it asks."""
        return self._endpoint.address

    def ask(
        self,
        call: ModelCall,
        *,
        on_text: Callable[[str], None] | None = None,
        stop: threading.Event | None = None,
        on_retry: Callable[[RetryNotice], None] | None = None,
    ) -> Reply:
        """As `Provider.ask` says."""
        told = on_retry or self._on_retry
        asking = Asking(self._endpoint, call, self._patience, on_text=on_text, stop=stop, on_retry=told)
        return asking.reply()

    def models(self, stop: threading.Event | None = None) -> tuple[str, ...]:
        """Names of the models that the server lists. Asked once. Raises ProviderError, Stopped."""
        client, scene, headers = self._endpoint.opened("")
        failure: Exception | None = None
        try:
            told = client.whole(self.address.url("/models"), None, headers, stop)
        except client.failures as error:
            is_stopped = stop is not None and stop.is_set()
            failure = Stopped() if is_stopped else client.failure_of(error, scene)
        if failure is not None:
            raise failure
        rows = told.get("data") if isinstance(told, dict) else told
        if not isinstance(rows, list):
            raise scene.error("garbage", "its list of models is none")
        return tuple(sorted({str(row["id"]) for row in rows if isinstance(row, dict) and row.get("id")}))

    def close(self) -> None:
        """Close what is kept open; a later call opens it again."""
        self._endpoint.close()
