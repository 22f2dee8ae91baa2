"""OTLP/HTTP: the HTTP/1.1 half of the port, as an ASGI application."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final, TypeAlias

from halo_dash.collector.access import Access
from halo_dash.collector.answers import Code, Refusal, busy, success
from halo_dash.collector.limits import Limits
from halo_dash.collector.receive import PATIENCE_S, Incoming, Receiver
from halo_dash.model.exporter import Encoding, Exporter, Signal
from halo_dash.otlp.compression import CODINGS, too_large

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Headers: TypeAlias = Mapping[bytes, str]

SUFFIXES: Final[dict[str, Signal]] = {"/v1/traces": "traces", "/v1/logs": "logs", "/v1/metrics": "metrics"}
CONTENT_TYPES: Final[dict[str, Encoding]] = {"application/x-protobuf": "protobuf", "application/json": "json"}
OF_ENCODING: Final = {encoding: name for name, encoding in CONTENT_TYPES.items()}
UNKNOWN_SIZE: Final = 4 << 20
"""Reserved at a time for a body that does not say how long it is."""
PLAIN: Final = "text/plain; charset=utf-8"


class ClientGoneError(Exception):
    """The client closed the connection; there is nobody to answer."""


class HttpDoor:
    """Answers every request on the HTTP/1.1 half of the port."""

    def __init__(self, receiver: Receiver, access: Access, limits: Limits, dashboard_url: str) -> None:
        self._receiver = receiver
        self._access = access
        self._limits = limits
        self._dashboard_url = dashboard_url

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """ASGI."""
        headers: Headers = {name: value.decode("latin-1") for name, value in reversed(scope["headers"])}
        method, path = str(scope["method"]), str(scope["path"])
        signal = signal_of(path)
        if method in {"GET", "HEAD"}:
            await self._get(path, signal, headers, send)
            return
        encoding = CONTENT_TYPES.get(_media_type(headers.get(b"content-type", "")))
        coding = headers.get(b"content-encoding", "").strip().lower().removeprefix("identity")
        exporter = Exporter(
            user_agent=headers.get(b"user-agent", ""),
            transport="http",
            encoding=encoding or "protobuf",
            compression=coding if coding in CODINGS else "",
        )
        incoming = Incoming(signal or "traces", exporter, path)
        why = self._check(method, path, signal, encoding, coding, headers)
        if why is None:
            try:
                await self._post(incoming, headers, receive, send)
            except ClientGoneError:
                return
        else:
            self._receiver.refused(incoming, why)
            await _refuse(send, why, encoding or "json", {"allow": "POST"} if why.http_status == 405 else {})

    def _check(  # noqa: PLR0917 - the parts of one request
        self,
        method: str,
        path: str,
        signal: Signal | None,
        encoding: Encoding | None,
        coding: str,
        headers: Headers,
    ) -> Refusal | None:
        """Whether the request may be read at all."""
        why = self._access.check_browser(headers.get(b"host", ""), headers.get(b"origin", ""))
        why = why or self._access.check_token(headers.get(b"authorization", ""))
        if why is not None:
            return why
        if signal is None:
            return Refusal(
                404,
                Code.NOT_FOUND,
                f"nothing is received at {path[:200]}",
                "traces go to /v1/traces: OTEL_EXPORTER_OTLP_ENDPOINT is the address without a path",
            )
        if method != "POST":
            return Refusal(405, Code.UNIMPLEMENTED, f"{method} is not how OTLP is sent", "use POST")
        if encoding is None:
            found = headers.get(b"content-type", "")[:100]
            return Refusal(
                415,
                Code.INVALID_ARGUMENT,
                f"Content-Type {found!r} is not OTLP; expected application/x-protobuf or application/json",
                "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
            )
        if coding and coding not in CODINGS:
            return Refusal(
                415,
                Code.INVALID_ARGUMENT,
                f"Content-Encoding {coding[:100]!r} is not known; gzip, deflate, zstd or none are",
                "OTEL_EXPORTER_OTLP_COMPRESSION=gzip",
            )
        return None

    async def _post(self, incoming: Incoming, headers: Headers, receive: Receive, send: Send) -> None:
        receiver = self._receiver
        exporter = incoming.exporter
        length = headers.get(b"content-length", "")
        expected = int(length) if length.isdigit() else None
        if expected is not None and expected > receiver.limit:
            error = too_large(receiver.limit)
            await _refuse(send, receiver.failed(incoming, error, expected), exporter.encoding)
            return
        reserved = _Reservation(receiver)
        try:
            await reserved.wait(UNKNOWN_SIZE if expected is None else expected)
            body = await self._read(receive, reserved)
            receipt = await asyncio.wrap_future(receiver.submit(incoming, body))
        except _Refused as refused:
            receiver.refused(incoming, refused.why)
            await _refuse(send, refused.why, exporter.encoding)
        except ClientGoneError:
            raise
        except Exception as error:  # noqa: BLE001 - the future brings whatever went wrong; all of it has an answer
            await _refuse(send, receiver.failed(incoming, error, reserved.size), exporter.encoding)
        else:
            receiver.accepted(incoming, receipt, len(body))
            answer = success(incoming.signal, exporter.encoding, receipt)
            await _answer(send, 200, OF_ENCODING[exporter.encoding], answer)
        finally:
            reserved.release()

    async def _read(self, receive: Receive, reserved: _Reservation) -> bytes:
        """The whole body. Raises what the client is to be told."""
        body = io.BytesIO()  # gives its buffer away without a copy
        size = 0
        try:
            async with asyncio.timeout(self._limits.body_s) as timer:
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise ClientGoneError
                    size += body.write(message.get("body", b""))
                    if size > self._receiver.limit:
                        raise too_large(self._receiver.limit)
                    if size > reserved.size:
                        reserved.grow(UNKNOWN_SIZE)
                    if not message.get("more_body"):
                        return body.getvalue()
                    timer.reschedule(asyncio.get_running_loop().time() + self._limits.body_s)
        except TimeoutError:
            message_ = f"the rest of the body did not come within {self._limits.body_s:g} s"
            raise _Refused(Refusal(408, Code.UNAVAILABLE, message_)) from None

    async def _get(self, path: str, signal: Signal | None, headers: Headers, send: Send) -> None:
        why = self._access.check_browser(headers.get(b"host", ""), headers.get(b"origin", ""))
        if why is not None:
            await _refuse(send, why, "json")
        elif path == "/healthz":
            await _answer(send, 200, PLAIN, b"ok\n")
        elif path == "/readyz":
            trouble = self._receiver.ingest.trouble
            text = "ready\n" if trouble is None else f"not ready: {trouble}\n"
            await _answer(send, 200 if trouble is None else 503, PLAIN, text.encode())
        elif signal is not None:
            await _answer(send, 200, PLAIN, self._hint(path).encode())
        else:
            await _answer(send, 404, PLAIN, self._hint(path).encode())

    def _hint(self, path: str) -> str:
        return (
            f"This is the halo-dash collector. It receives OpenTelemetry data by POST;\n"
            f"{path[:200]} shows nothing.\n"
            "gRPC and HTTP share this port: set OTEL_EXPORTER_OTLP_ENDPOINT to its address, without a path.\n"
            f"What was received is shown at {self._dashboard_url}\n"
        )


class _Refused(Exception):  # noqa: N818 - carries an answer, not an error
    def __init__(self, why: Refusal) -> None:
        super().__init__(why.message)
        self.why = why


class _Reservation:
    """The bytes one request holds of the budget."""

    def __init__(self, receiver: Receiver) -> None:
        self._budget = receiver.budget
        self.size = 0

    async def wait(self, size: int) -> None:
        """Reserve `size` bytes, waiting a while for them."""
        granted = self._budget.acquire(size)
        try:
            await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(granted)), PATIENCE_S)
        except TimeoutError:
            self._budget.withdraw(size, granted)
            raise _Refused(busy()) from None
        except asyncio.CancelledError:
            self._budget.withdraw(size, granted)
            raise
        self.size += size

    def grow(self, size: int) -> None:
        """Reserve more, at once or not at all: two that grow must not wait for each other."""
        granted = self._budget.acquire(size)
        if not granted.done():
            self._budget.withdraw(size, granted)
            raise _Refused(busy())
        self.size += size

    def release(self) -> None:
        """Give everything back."""
        self._budget.release(self.size)
        self.size = 0


def signal_of(path: str) -> Signal | None:
    """The signal by the end of the path: real exporters put their own prefixes before it."""
    trimmed = path.rstrip("/")
    if not trimmed:
        return "traces"
    for suffix, signal in SUFFIXES.items():
        if trimmed.endswith(suffix):
            return signal
    return None


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


async def _refuse(
    send: Send, why: Refusal, encoding: Encoding, more: Mapping[str, str] | None = None
) -> None:
    headers = dict(more or {})
    if why.retry_after_s is not None:
        headers["retry-after"] = str(why.retry_after_s)
    if why.http_status == 401:
        headers["www-authenticate"] = "Bearer"
    await _answer(send, why.http_status, OF_ENCODING[encoding], why.body(encoding), headers)


async def _answer(
    send: Send, status: int, content_type: str, body: bytes, more: Mapping[str, str] | None = None
) -> None:
    headers = {
        "content-type": content_type,
        "content-length": str(len(body)),
        "x-content-type-options": "nosniff",
    }
    headers |= dict(more or {})
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
