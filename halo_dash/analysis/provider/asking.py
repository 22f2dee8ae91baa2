"""One question to a model and the attempts that it takes."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import replace
from types import ModuleType
from typing import TYPE_CHECKING, Any

from halo_dash.analysis.provider import chat, responses
from halo_dash.analysis.provider.address import Address
from halo_dash.analysis.provider.answered import Answered, writable
from halo_dash.analysis.provider.endpoint import Endpoint
from halo_dash.analysis.provider.failures import Refused, refused_option
from halo_dash.analysis.provider.patience import Patience, Tries, wait
from halo_dash.analysis.provider.wire import ModelCall, ModelUsage, Reply, RetryNotice, Stopped, ToolCall
from halo_dash.errors import ProviderError

if TYPE_CHECKING:
    from halo_dash.analysis.provider.client import Client

_TEXT_EVERY_S = 0.05
_FORMS: dict[str, ModuleType] = {"chat": chat, "responses": responses}


class _AgainError(Exception):
    """The same without what the server does not take."""

    def __init__(self, error: ProviderError) -> None:
        super().__init__(error.message)
        self.error = error


class Asking:
    """Made for one call."""

    def __init__(
        self,
        endpoint: Endpoint,
        call: ModelCall,
        patience: Patience,
        *,
        on_text: Callable[[str], None] | None,
        stop: threading.Event | None,
        on_retry: Callable[[RetryNotice], None] | None,
    ) -> None:
        self._endpoint = endpoint
        self._call = call
        self._patience = patience
        self._on_text = on_text
        self._stop = stop
        self._on_retry = on_retry
        self._form = _FORMS[call.options.api]
        self._attempts = 0
        self._spent: ModelUsage | None = None
        """Of answers that were asked for again."""
        self._is_partial = False
        self._is_begun = False
        """A piece of the present answer has come."""
        self._unversioned: tuple[Address, ProviderError] | None = None
        """The base URL as it was given, and what came of it, while it is tried with `/v1`."""

    def reply(self) -> Reply:
        """Ask until there is an answer. Raises ProviderError, Stopped, which say what was spent."""
        try:
            return self._answered()
        except (ProviderError, Stopped) as error:
            error.spent, error.is_usage_partial = self._spent, self._is_partial
            raise

    def _answered(self) -> Reply:
        tries = Tries(self._patience)
        refusals = 0
        while True:
            if self._stop is not None and self._stop.is_set():
                raise Stopped
            self._attempts += 1
            try:
                reply = self._attempt()
            except _AgainError as again:
                self._tell(again.error, 0.0)
                continue
            except ProviderError as error:
                seconds = tries.next_wait(error)
                if seconds is None:
                    raise
                self._tell(error, seconds)
                wait(seconds, self._stop)
                continue
            if reply.finish != "refusal" or refusals >= self._call.options.refusal_retries:
                return self._with_spent(reply)
            refusals += 1
            self._spend(reply.usage)
            self._tell(self._scene.error("refused", f"the model refused: {reply.refusal[:200]}"), 0.0)

    def _attempt(self) -> Reply:
        client, self._scene, headers = self._endpoint.opened(self._call.model)
        if not self._call.model:
            raise self._scene.error("no_model", "no model was named", "Set engine.model, or choose one.")
        refused = self._endpoint.refused(self._call.options.api, self._call.model)
        address = self._endpoint.address
        body: dict[str, Any] = self._form.body_of(self._call, refused=refused, is_openai=address.is_openai)
        answered, self._is_begun = Answered(), False
        started_ns = time.time_ns()
        failure: Exception | None = None
        try:
            url = address.url(self._form.PAGE)
            if body.get("stream"):
                growing = client.stream(
                    url, body, headers, stop=self._stop, answered=answered, form=self._form
                )
                self._listen(growing, answered)
            else:
                self._form.read_whole(client.whole(url, body, headers, self._stop), answered)
        except client.failures as error:
            failure = self._failure(error, client, body, answered)
        if failure is not None:
            # Raised here, outside of the handler: the client's error would hang on it, and may hold anything.
            raise failure
        if answered.is_empty and not answered.calls:
            self._spend(answered.usage)
            what = "the model answered with nothing, again and again"
            raise self._scene.error("garbage", what, "Another model may do better.", is_transient=True)
        return self._made(answered, started_ns)

    def _listen(self, growing: Generator[None], answered: Answered) -> None:
        shown_at, shown = -math.inf, 0
        with contextlib.closing(growing):
            for _ in growing:
                self._is_begun = True
                if self._on_text is None or len(answered.texts) == shown:
                    continue
                now = time.monotonic()
                if now - shown_at >= _TEXT_EVERY_S:
                    shown_at, shown = now, len(answered.texts)
                    if text := self._scene.mask.unfinished(answered.text):
                        self._on_text(writable(text))
        if self._on_text is not None and (text := self._scene.mask.answer(answered.text)):
            self._on_text(writable(text))

    def _failure(
        self, error: Exception, client: Client, body: dict[str, Any], answered: Answered
    ) -> Exception:
        if self._stop is not None and self._stop.is_set():
            # It was on its way: the server may have begun, and charges for what it had read.
            self._spend(answered.usage)
            return Stopped()
        failure = client.failure_of(error, self._scene)
        if not isinstance(error, Refused):
            if answered.usage is not None:
                self._spend(answered.usage)
            elif self._is_begun or failure.kind == "timeout":
                self._is_partial = True
            return failure
        option = refused_option(error.told, body, self._form.OPTIONS)
        if option is not None:
            self._endpoint.learn(self._call.options.api, self._call.model, option)
            return _AgainError(
                self._scene.error("bad_request", f"{option} is not taken: {error.told.message[:200]}")
            )
        if error.told.status == 404 and failure.kind == "bad_request":
            return self._under_another_path(failure)
        return failure

    def _under_another_path(self, failure: ProviderError) -> Exception:
        """A base URL without `/v1` is understood as well; where that fails too, the first failure counts."""
        if self._unversioned is not None:
            self._endpoint.address, first = self._unversioned
            return first
        versioned = self._endpoint.address.versioned
        if versioned is None:
            return failure
        self._unversioned = (self._endpoint.address, failure)
        self._endpoint.address = versioned
        return _AgainError(
            self._scene.error("bad_request", f"there is no such page; trying {versioned.shown}")
        )

    def _tell(self, error: ProviderError, wait_s: float) -> None:
        if self._on_retry is not None:
            then = f"asked again in {wait_s:.1f} s" if wait_s else "asked again at once"
            self._on_retry(
                RetryNotice(
                    failure=error.kind,
                    message=f"{error.message} ({then})",
                    attempt=self._attempts,
                    wait_s=wait_s,
                    model=self._call.model,
                )
            )

    def _spend(self, usage: ModelUsage | None) -> None:
        if usage is None:
            self._is_partial = True
        else:
            self._spent = added(self._spent, usage)

    def _made(self, answered: Answered, started_ns: int) -> Reply:
        def clean(text: str) -> str:
            return writable(self._scene.mask.answer(text))

        return Reply(
            text=clean(answered.text),
            tool_calls=tuple(
                ToolCall(clean(used.call_id), clean(used.name), clean(used.arguments))
                for used in answered.tool_calls
            ),
            finish=answered.finished,
            usage=answered.usage,
            model=clean(answered.model) or self._call.model,
            started_ns=started_ns,
            ended_ns=time.time_ns(),
            refusal=clean(answered.refusal),
            asked=self._call.model,
        )

    def _with_spent(self, reply: Reply) -> Reply:
        usage = reply.usage
        if self._spent is not None:
            usage = added(self._spent, usage) if usage is not None else self._spent
        partial = self._is_partial or (self._spent is not None and reply.usage is None)
        return replace(reply, usage=usage, attempts=self._attempts, is_usage_partial=partial)


def added(first: ModelUsage | None, second: ModelUsage) -> ModelUsage:
    """Both together."""
    if first is None:
        return second
    return ModelUsage(
        input_tokens=first.input_tokens + second.input_tokens,
        output_tokens=first.output_tokens + second.output_tokens,
        cached_tokens=first.cached_tokens + second.cached_tokens,
        reasoning_tokens=first.reasoning_tokens + second.reasoning_tokens,
    )
