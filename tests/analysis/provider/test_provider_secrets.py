"""The key goes to the configured host and nowhere else, and nothing goes anywhere else."""

from __future__ import annotations

import json
import logging
import shutil
import ssl
import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halo_dash import __version__
from halo_dash.analysis.provider import keys
from halo_dash.analysis.provider.connections import Connection, ConnectionLog
from halo_dash.analysis.provider.keys import find_key, forget_keys, look_for_key
from halo_dash.analysis.provider.mask import Mask
from halo_dash.analysis.provider.patience import Patience
from halo_dash.analysis.provider.wire import Stopped
from halo_dash.errors import ProviderError
from tests.analysis.provider.conversing import KEY, Asked, question
from tests.analysis.scripted import (
    Answer,
    ScriptedRequest,
    ScriptedServer,
    Use,
    calls,
    fail,
    hang,
    redirect,
    refuse,
    say,
    stall,
)


def test_only_headers_of_ours_are_sent(scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-secret")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-secret")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-somebody-else")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/elsewhere")
    asked = Asked(scripted, headers={"X-Title": "halo", "HTTP-Referer": "https://example.org"})
    asked.provider.ask(question())
    asked.provider.models()
    names = {"host", "accept", "content-type", "content-length", "accept-encoding", "connection"}
    for head in scripted.heads:
        assert set(head) <= names | {"user-agent", "authorization", "x-title", "http-referer"}
        assert head["user-agent"] == f"halo-dash/{__version__}"
        assert head["authorization"] == f"Bearer {KEY}"
        assert head["x-title"] == "halo"


def test_a_header_of_the_user_goes_before_ours(scripted: ScriptedServer) -> None:
    asked = Asked(scripted, headers={"Authorization": "Basic abc", "api-key": "k2", "User-Agent": "mine"})
    asked.provider.ask(question())
    head = scripted.heads[0]
    assert (head["authorization"], head["api-key"], head["user-agent"]) == ("Basic abc", "k2", "mine")


def test_no_key_no_header(scripted: ScriptedServer) -> None:
    Asked(scripted, key=None).provider.ask(question())
    assert "authorization" not in scripted.heads[0]


def test_a_key_that_changes_is_taken_at_once(scripted: ScriptedServer) -> None:
    found = iter(["sk-first-key-1", "sk-second-key-2"])
    asked = Asked(scripted)
    asked.provider._endpoint._key = lambda: next(found)
    asked.provider.ask(question())
    asked.provider.ask(question())
    assert [head["authorization"] for head in scripted.heads] == [
        "Bearer sk-first-key-1",
        "Bearer sk-second-key-2",
    ]


def echo(request: ScriptedRequest) -> str:
    return request.headers["authorization"].removeprefix("Bearer ")


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_a_server_that_says_the_key_is_not_repeated(
    scripted: ScriptedServer, api: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told: list[str] = []
    asked = Asked(scripted, headers={"X-Api-Key": "another-secret-77"})
    scripted.script = lambda request: Answer(
        text=f"your key is {echo(request)}, and {request.headers['x-api-key']}!",
        tool_calls=(Use("look", {"id": echo(request)}),),
        model=f"m-{echo(request)}",
        piece=1,
    )
    reply = asked.provider.ask(question(api=api), on_text=told.append)
    scripted.script = lambda request: refuse(f"not with {echo(request)}")
    refused = asked.provider.ask(question(api=api))
    for error in (fail(400, KEY), fail(500, f"boom {KEY}"), fail(401, f"{KEY[:9]}***{KEY[-4:]}")):
        scripted.script = lambda _request, error=error: error  # type: ignore[misc]
        with pytest.raises(ProviderError) as caught:
            asked.provider.ask(question(api=api))
        told += [str(caught.value), repr(caught.value), str(caught.value.hint)]
    scripted.script = lambda request: Answer(body=f"<title>{echo(request)}</title>".encode(), status=502)
    with pytest.raises(ProviderError) as caught:
        asked.provider.ask(question(api=api))
    everything = [
        repr(reply),
        repr(refused),
        str(caught.value),
        *told,
        *map(repr, asked.notices),
        caplog.text,
    ]
    everything += [repr(asked.connections.rows()), repr(vars(asked.provider))]
    assert reply.text == "your key is [key], and [key]!"
    for text in everything:
        for secret in (KEY, KEY[:9], "another-secret-77"):
            assert secret not in text


@given(st.from_regex(r"k9[A-Za-z0-9_-]{14,50}", fullmatch=True), st.text(), st.text())
def test_a_growing_text_never_shows_a_key(key: str, before: str, after: str) -> None:
    mask = Mask((key,))
    text = f"{before}{key}{after}"
    for end in range(len(text) + 1):
        assert key[:5] not in mask.unfinished(text[:end])
    assert key not in mask.error(json.dumps({"error": text}))
    assert mask.answer(text) == f"{before}[key]{after}"


@pytest.mark.parametrize("word", ["ollama", "none", "x", "lm-studio", ""])
def test_a_plain_word_as_a_key_does_not_blot_answers(word: str) -> None:
    text = f"the agent asked {word or 'ollama'} for nothing"
    assert Mask((word,)).answer(text) == text


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(scripted: ScriptedServer, status: int) -> None:
    other = ScriptedServer().start()
    try:
        for target in (other.base_url + "/chat/completions", scripted.base_url + "/again"):
            scripted.script = lambda _request, target=target: redirect(target, status)  # type: ignore[misc]
            with pytest.raises(ProviderError, match="only the configured address is ever asked"):
                Asked(scripted).provider.ask(question())
        assert other.asked == []
    finally:
        other.close()


def test_a_proxy_of_the_environment_is_used_and_written_down(
    scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", scripted.root_url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    asked = Asked(scripted, base_url="http://models.example/v1")
    assert asked.provider.ask(question()).text == "ok"
    assert scripted.asked == [("POST", "http://models.example/v1/chat/completions")]
    (row,) = asked.connections.rows()
    assert (row.host, row.port, row.purpose) == ("127.0.0.1", scripted.port, "proxy")


def test_no_proxy_stands_before_this_machine(
    scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("all_proxy", "http://127.0.0.1:1")
    assert Asked(scripted).provider.ask(question()).text == "ok"
    monkeypatch.setenv("all_proxy", "socks5://127.0.0.1:1")
    with pytest.raises(ProviderError, match="kind that is not supported"):
        Asked(scripted, base_url="http://models.example/v1").provider.ask(question())


def test_connections_are_written_down(scripted: ScriptedServer) -> None:
    ticks = iter(range(100, 200))
    kept: list[Connection] = []
    log = ConnectionLog(kept.append, clock=lambda: next(ticks))
    assert log.rows() == ()
    log.opened("a", 1, "model")
    log.opened("a", 1, "model")
    log.opened("b", 2, "diagnosis")
    assert [(r.host, r.first_ns, r.last_ns, r.count) for r in log.rows()] == [
        ("b", 102, 102, 1),
        ("a", 100, 101, 2),
    ]
    assert [r.count for r in kept] == [1, 2, 1]
    asked = Asked(scripted)
    assert asked.connections.rows() == ()
    asked.provider.ask(question())
    assert asked.connections.rows()[0].port == scripted.port


class Keyring(ModuleType):
    """Stands for the `keyring` package, as far as it is used."""

    def __init__(self, kept: dict[tuple[str, str], str] | None) -> None:
        super().__init__("keyring")
        self.kept = kept
        self.asked = 0

    def get_password(self, service: str, name: str) -> str | None:
        self.asked += 1
        if self.kept is None:
            raise RuntimeError("the keyring is locked")
        return self.kept.get((service, name))


def test_keys_come_from_the_environment_then_from_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    ring = Keyring({("halo-dash", "MY_KEY"): "from-ring\n"})
    monkeypatch.setitem(sys.modules, "keyring", ring)
    forget_keys()
    assert find_key("MY_KEY", {"MY_KEY": " from-env "}) == "from-env"
    assert ring.asked == 0
    assert [find_key("MY_KEY", {}) for _ in range(3)] == ["from-ring"] * 3
    assert ring.asked == 1, "a keyring may ask a person: it is not asked for every call"
    found = look_for_key("MY_KEY", {"MY_KEY": ""})
    assert found is not None
    assert (found.source, repr(found)) == ("keyring", "FoundKey(source='keyring')")
    assert find_key("OTHER", {}) is None
    forget_keys()


@pytest.mark.parametrize("ring", [None, Keyring(None)])
def test_no_keyring_and_a_broken_one_are_no_key(
    ring: ModuleType | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", ring)
    keys.forget_keys()
    assert find_key("MY_KEY", {}) is None
    keys.forget_keys()


def test_calls_of_tools_are_masked_too(scripted: ScriptedServer) -> None:
    scripted.script = lambda request: calls(Use("look", {"id": echo(request)}))
    assert Asked(scripted).provider.ask(question()).tool_calls[0].arguments == '{"id": "[key]"}'


def test_the_client_library_is_loaded_with_the_first_call_only() -> None:
    code = "import sys, halo_dash.analysis.provider.provider; print({'openai', 'httpx2'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"


def test_what_only_looks_like_a_key_stays_in_answers(scripted: ScriptedServer) -> None:
    scripted.script = lambda _request: say("sk-looking-thing-123 stays in what a model says of traces")
    assert Asked(scripted).provider.ask(question()).text.startswith("sk-looking")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A key and a certificate for 127.0.0.1 that nobody trusts."""
    made = tmp_path / "both.pem"
    command = [
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
        *("-days", "2", "-subj", "/CN=halo", "-addext", "subjectAltName=IP:127.0.0.1"),
        *("-keyout", str(made), "-out", str(tmp_path / "only.pem")),
    ]
    subprocess.run(command, check=True, capture_output=True)
    made.write_text(made.read_text() + (tmp_path / "only.pem").read_text())
    return made


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate of this test")
def test_tls_is_spoken_to_those_who_are_trusted_alone(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = ScriptedServer(lambda _request: say("over TLS " * 5_000), tls=context).start()
    try:
        with pytest.raises(ProviderError, match="no trusted connection") as caught:
            Asked(server, patience=Patience(attempts=1)).provider.ask(question())
        assert "SSL_CERT_FILE" in str(caught.value.hint)
        assert server.requests == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        asked = Asked(server)
        assert asked.provider.ask(question()).text == "over TLS " * 5_000
        stop = threading.Event()
        server.script = lambda _request: (stop.set(), hang())[1]
        with pytest.raises(Stopped):
            asked.provider.ask(question(), stop=stop)
        server.script = lambda request: stall(say("x" * 500), 3) if request.attempt == 0 else say("whole")
        quick = Asked(server, timeout_s=0.4)
        assert quick.provider.ask(question(model="other")).text == "whole"
        assert quick.notices[0].failure == "timeout"
    finally:
        server.close()


def test_a_keyring_that_waits_for_a_person_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = threading.Event()

    class Waiting(Keyring):
        def get_password(self, service: str, name: str) -> str | None:
            opened.wait(20)
            return super().get_password(service, name)

    monkeypatch.setattr(keys, "_PATIENCE_S", 0.05)
    monkeypatch.setitem(sys.modules, "keyring", Waiting({("halo-dash", "SLOW_KEY"): "at last"}))
    forget_keys()
    assert find_key("SLOW_KEY", {}) is None
    opened.set()
    monkeypatch.setattr(keys, "_PATIENCE_S", 20)
    assert find_key("SLOW_KEY", {}) == "at last"
    forget_keys()
