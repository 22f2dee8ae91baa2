"""The server itself: HTTP, and what goes wrong on the way."""

from __future__ import annotations

import json
import select
import ssl
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType
from typing import Any, TypeAlias

from tests.analysis.scripted import chat, responses
from tests.analysis.scripted.answer import Answer, fail, say
from tests.analysis.scripted.request import ScriptedRequest, messages_of

Script: TypeAlias = Callable[[ScriptedRequest], Answer]
APIS: dict[str, tuple[Any, ModuleType]] = {
    "/chat/completions": ("chat", chat),
    "/responses": ("responses", responses),
}


def in_order(*steps: Answer | Script) -> Script:
    """Answers by turn of the conversation; the last one stays."""

    def script(request: ScriptedRequest) -> Answer:
        step = steps[min(request.turn, len(steps) - 1)]
        return step if isinstance(step, Answer) else step(request)

    return script


class ScriptedServer:
    """Listens on a free port of 127.0.0.1 from `start` to `close`."""

    def __init__(
        self, script: Script | None = None, *, prefix: str = "/v1", tls: ssl.SSLContext | None = None
    ) -> None:
        self.script: Script = script or (lambda _request: say("ok"))
        self.prefix = prefix
        """Where the API lies; anything else is 404."""
        self.models: tuple[str, ...] = ("scripted-large", "scripted-small")
        self.models_answer: Answer | None = None
        """In place of the list of models."""
        self.requests: list[ScriptedRequest] = []
        """Every request for an answer, in the order they came."""
        self.asked: list[tuple[str, str]] = []
        """(method, path) of every HTTP request of any kind."""
        self.heads: list[dict[str, str]] = []
        """The headers of each of them."""
        self.failures: list[str] = []
        """Tracebacks of scripts that raised."""
        self.closing = threading.Event()
        self.lock = threading.Lock()
        self._bodies: Counter[bytes] = Counter()
        self._http = _Listener(("127.0.0.1", 0), _Handler)
        self._http.scripted = self
        self._scheme = "https" if tls else "http"
        if tls:
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    @property
    def base_url(self) -> str:
        """With the prefix."""
        return f"{self.root_url}{self.prefix}"

    @property
    def root_url(self) -> str:
        """Without it."""
        return f"{self._scheme}://127.0.0.1:{self._http.server_port}"

    @property
    def port(self) -> int:
        """The one it listens on."""
        return self._http.server_port

    def start(self) -> ScriptedServer:
        """Begin to answer."""
        self._thread.start()
        return self

    def close(self) -> None:
        """End, with everything that hangs."""
        self.closing.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def received(self, path: str, headers: dict[str, str], raw: bytes) -> ScriptedRequest:
        """Keep a request."""
        api = APIS[path.removeprefix(self.prefix)][0]
        body = json.loads(raw)
        with self.lock:
            request = ScriptedRequest(
                number=len(self.requests),
                attempt=self._bodies[raw],
                api=api,
                path=path,
                headers=headers,
                body=body,
                messages=messages_of(api, body),
            )
            self._bodies[raw] += 1
            self.requests.append(request)
        return request

    def answer(self, request: ScriptedRequest) -> Answer:
        """Ask the script."""
        try:
            return self.script(request)
        except Exception:  # noqa: BLE001 - an assertion of the script is the test's failure, not the server's
            self.failures.append(traceback.format_exc())
            return fail(500, "the script failed; see scripted.failures", headers={"x-should-retry": "false"})


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    scripted: ScriptedServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Listener

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """Nothing on stderr."""

    def _begin(self) -> tuple[ScriptedServer, str, dict[str, str]]:
        scripted = self.server.scripted
        headers = {name.lower(): value for name, value in self.headers.items()}
        with scripted.lock:
            scripted.asked.append((self.command, self.path))
            scripted.heads.append(headers)
        path = self.path.partition("?")[0]
        if "://" in path:  # asked as a proxy is
            path = "/" + path.split("://", 1)[1].partition("/")[2]
        return scripted, path, headers

    def do_GET(self) -> None:
        scripted, path, _ = self._begin()
        if path != f"{scripted.prefix}/models":
            self._send(fail(404, f"no such page: {path}", type_="invalid_request_error"))
        elif scripted.models_answer is not None:
            self._send(scripted.models_answer)
        else:
            rows = [{"id": m, "object": "model", "created": 0, "owned_by": "test"} for m in scripted.models]
            self._send(Answer(body=json.dumps({"object": "list", "data": rows}).encode()))

    def do_POST(self) -> None:
        scripted, path, headers = self._begin()
        raw = self.rfile.read(int(headers.get("content-length", 0)))
        if not path.startswith(scripted.prefix) or path.removeprefix(scripted.prefix) not in APIS:
            return self._send(fail(404, f"no such page: {path}", type_="invalid_request_error"))
        request = scripted.received(path, headers, raw)
        answer = scripted.answer(request)
        wire = APIS[path.removeprefix(scripted.prefix)][1]
        if answer.is_hanging:
            return self._wait()
        if answer.body is not None or answer.status != 200:
            return self._send(answer)
        if request.is_streamed and answer.is_streamable:
            return self._stream(answer, wire.events(request, answer))
        body = json.dumps(wire.whole(request, answer)).encode()
        return self._send(Answer(body=body, headers=answer.headers, cut_after=answer.cut_after))

    def _wait(self) -> None:
        """Until the client goes or the server closes."""
        while not self.server.scripted.closing.is_set():
            readable, _, _ = select.select([self.connection], [], [], 0.02)
            if readable and not self.connection.recv(1024):
                break
        self.close_connection = True

    def _send(self, answer: Answer) -> None:
        body = answer.body or b""
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type or "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body if answer.cut_after is None else body[: answer.cut_after])
        if answer.cut_after is not None:
            self.close_connection = True

    def _stream(self, answer: Answer, events: Iterator[tuple[str | None, Any]]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", answer.content_type or "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        for number, (name, data) in enumerate(events):
            if answer.cut_after == number:
                self.close_connection = True
                return
            if answer.stall_after == number:
                self.wfile.flush()
                self._wait()
                return
            text = data if isinstance(data, str) else json.dumps(data)
            event = (f"event: {name}\n" if name else "") + f"data: {text}\n\n"
            raw = event.encode()
            self.wfile.write(f"{len(raw):x}\r\n".encode() + raw + b"\r\n")
            if answer.pause_s:
                self.wfile.flush()
                time.sleep(answer.pause_s)
        self.wfile.write(b"0\r\n\r\n")
