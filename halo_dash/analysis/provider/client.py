"""The `openai` client as we use it: requests, events and errors, over connections of our own."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Generator, Iterable, Iterator, Mapping
from typing import Any, Protocol

import httpx2
import openai

from halo_dash.analysis.provider.address import Address
from halo_dash.analysis.provider.answered import Answered, BrokenOffError, NotAnAnswerError, ServerError
from halo_dash.analysis.provider.connections import ConnectionLog, Purpose
from halo_dash.analysis.provider.failures import Refused, Scene, told_of
from halo_dash.analysis.provider.network import CONNECT_S, MAX_ANSWER_BYTES, Transport, Watch
from halo_dash.analysis.provider.wire import Stopped
from halo_dash.errors import ProviderError, ProviderErrorKind

_ANSWER_FACTOR = 6
"""A whole answer may take this many times as long as a silence may last."""


class Form(Protocol):
    """A form of question and answer: `chat` or `responses`."""

    def read_stream(self, events: Iterable[Any], answered: Answered, /) -> Iterator[None]:
        """Put pieces together."""

    def read_whole(self, data: Any, answered: Answered, /) -> None:
        """Read what came at once."""


class Client:
    """Makes requests to one address. Thread-safe; each request is made and read by the thread that asks."""

    failures = (
        Refused,
        ServerError,
        NotAnAnswerError,
        BrokenOffError,
        openai.OpenAIError,
        httpx2.HTTPError,
        httpx2.StreamError,
        Stopped,
    )
    """What asking raises; `failure_of` puts it into words."""

    def __init__(
        self, address: Address, connections: ConnectionLog, timeout_s: float, purpose: Purpose
    ) -> None:
        self._watch = Watch()
        self._timeout_s = timeout_s
        self._timeout = httpx2.Timeout(timeout_s, connect=min(CONNECT_S, timeout_s))
        http = httpx2.Client(
            transport=Transport(address, connections, self._watch, purpose=purpose),
            timeout=self._timeout,
            follow_redirects=False,
            trust_env=False,
        )
        # The transport adds the key, so that no log and no error of the client can have it.
        self._openai = openai.OpenAI(
            api_key="added-by-the-transport", base_url=address.shown, max_retries=0, http_client=http
        )

    def close(self) -> None:
        """Close all connections."""
        self._openai.close()

    def stream(
        self,
        url: str,
        body: Mapping[str, Any],
        headers: Mapping[str, str],
        *,
        stop: threading.Event | None,
        answered: Answered,
        form: Form,
    ) -> Generator[None]:
        """Ask; yields while the answer grows. Raises what `failure_of` understands, and Refused."""
        self._watch.begin(stop, self._timeout_s * _ANSWER_FACTOR, headers)
        with _told(), contextlib.closing(self._begin(url, body)) as stream:
            kind = stream.response.headers.get("content-type", "").lower()
            if "json" in kind and "stream" not in kind:
                # Some servers send the whole answer where a stream was asked for.
                form.read_whole(_decoded(stream.response.read()), answered)
            elif "html" in kind:
                raise NotAnAnswerError("a web page; the base URL is that of a site, not of its API")
            else:
                yield from form.read_stream(stream, answered)

    def whole(
        self,
        url: str,
        body: Mapping[str, Any] | None,
        headers: Mapping[str, str],
        stop: threading.Event | None,
    ) -> Any:
        """Ask for JSON that comes at once; GET where there is no body."""
        self._watch.begin(stop, self._timeout_s * _ANSWER_FACTOR, headers)
        with _told():
            if body is None:
                response = self._openai.get(url, cast_to=httpx2.Response, options={"timeout": self._timeout})
            else:
                response = self._openai.post(
                    url, cast_to=httpx2.Response, body=body, options={"timeout": self._timeout}
                )
            if "html" in response.headers.get("content-type", "").lower():
                raise NotAnAnswerError("a web page; the base URL is that of a site, not of its API")
            return _decoded(response.content)

    def _begin(self, url: str, body: Mapping[str, Any]) -> openai.Stream[object]:
        return self._openai.post(
            url,
            cast_to=object,
            body=body,
            stream=True,
            stream_cls=openai.Stream[object],
            options={"timeout": self._timeout},
        )

    def failure_of(self, error: Exception, scene: Scene) -> ProviderError:
        """The error in words."""
        told = error.body if isinstance(error, ServerError) else None
        if isinstance(error, Refused):
            return scene.of_status(error.told)
        if told is not None:
            return scene.of_status(told_of(None, told, str(error)))
        kind: ProviderErrorKind = "garbage"
        what, mend = f"it answered with {str(error)[:300]}", _GARBAGE
        if self._watch.bytes_left < 0:
            what, mend = f"its answer is over {MAX_ANSWER_BYTES >> 20} MB and was given up", _GARBAGE
        elif isinstance(error, BrokenOffError):
            kind, what, mend = "connection", "the answer broke off before its end", ""
        elif isinstance(error, (openai.APITimeoutError, httpx2.TimeoutException)):
            kind, what = "timeout", f"no answer within {self._timeout_s:g} s"
            mend = "A local model may still be loading; a longer timeout waits for it."
        elif isinstance(error, (openai.APIConnectionError, httpx2.HTTPError)):
            kind, (what, mend) = "connection", _connection(error)
        return scene.error(kind, what, mend, is_transient=self._watch.bytes_left >= 0)


_GARBAGE = "Look whether the base URL is that of an OpenAI-compatible API; it mostly ends with /v1."


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Errors of the client as our own."""
    try:
        yield
    except openai.APIStatusError as error:
        body = error.body
        if not body:
            with contextlib.suppress(httpx2.StreamError, httpx2.TransportError):
                body = error.response.text
        headers = dict(error.response.headers)
        raise Refused(told_of(error.status_code, body, error.message, headers)) from None
    except (openai.APITimeoutError, openai.APIConnectionError):
        raise
    except openai.APIError as error:
        raise ServerError(error.body or error.message) from None
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        raise NotAnAnswerError("a stream of broken JSON") from None


def _decoded(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise NotAnAnswerError("broken JSON" if raw.strip() else "an empty body") from None


def _connection(error: BaseException) -> tuple[str, str]:
    """Why it cannot be reached, and what mends it."""
    cause: BaseException | None = error
    reasons = []
    while cause is not None:
        reasons.append(str(cause))
        cause = cause.__cause__ or cause.__context__
    reason = next((text for text in reasons[1:] if text), reasons[0])
    low = " ".join(reasons).lower()
    if "certificate" in low or "ssl" in low:
        return f"no trusted connection: {reason}", "Name the authority's file in SSL_CERT_FILE."
    if "name or service" in low or "getaddrinfo" in low or "nodename" in low or "name resolution" in low:
        return (
            f"there is no such host ({reason})",
            "Look at the base URL, and whether this machine is online.",
        )
    if "refused" in low:
        return (
            f"nothing listens there ({reason})",
            "Start the model's server, or mend host and port of the base URL.",
        )
    if "disconnected" in low or "incomplete" in low or "peer closed" in low or "reset" in low:
        return f"the connection broke ({reason})", ""
    return f"it cannot be reached ({reason})", "Look at the base URL, and whether this machine is online."
