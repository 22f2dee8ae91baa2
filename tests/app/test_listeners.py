"""Binding ports: which addresses, which ports, and what is said when one cannot be had."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from halo_dash.app import listeners
from halo_dash.app.listeners import Listeners
from halo_dash.app.port_owner import describe_owner, is_ours
from halo_dash.config import Settings
from halo_dash.errors import UsageError

FREE = Settings(Path("/x/halo.db"), port=0, collector_port=0)


@pytest.fixture
def bind() -> Iterator[Callable[[Settings], Listeners]]:
    bound: list[Listeners] = []

    def make(settings: Settings) -> Listeners:
        bound.append(listeners.bind(settings))
        return bound[-1]

    yield make
    for each in bound:
        each.close()


def ports(sockets: list[socket.socket]) -> set[int]:
    return {sock.getsockname()[1] for sock in sockets}


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def test_free_ports_are_found_and_remembered(bind: Callable[[Settings], Listeners]) -> None:
    bound = bind(FREE)
    assert ports(bound.collector) == {bound.settings.collector_port}
    assert ports(bound.dashboard) == {bound.settings.port}
    assert 0 not in {bound.settings.port, bound.settings.collector_port}
    with socket.create_connection(("127.0.0.1", bound.settings.port), timeout=60):
        pass  # listening before anything answers


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_localhost_answers_on_both_of_its_addresses(bind: Callable[[Settings], Listeners]) -> None:
    for host in ("127.0.0.1", "localhost"):
        bound = bind(replace(FREE, host=host))
        assert {sock.family for sock in bound.dashboard} == {socket.AF_INET, socket.AF_INET6}
    assert {sock.family for sock in bind(replace(FREE, host="::1")).dashboard} == {socket.AF_INET6}


def test_a_dashboard_that_is_switched_off_takes_no_port(bind: Callable[[Settings], Listeners]) -> None:
    assert bind(replace(FREE, dashboard_enabled=False)).dashboard == []


def test_every_port_that_cannot_be_had_is_named_and_the_others_let_go() -> None:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        taken = replace(FREE, port=one.getsockname()[1], collector_port=two.getsockname()[1])
        with pytest.raises(UsageError) as caught:
            listeners.bind(taken)
        assert str(taken.port) in caught.value.message
        assert str(taken.collector_port) in caught.value.message
    listeners.bind(taken).close()  # nothing was left behind


def test_an_unknown_host_is_said_to_be() -> None:
    with pytest.raises(UsageError, match="is not known here"):
        listeners.bind(replace(FREE, host="no-such-host.invalid"))


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")
def test_the_owner_of_a_port_is_named() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
        owner = describe_owner(port)
        assert owner is not None
        assert f"(pid {os.getpid()}: " in owner
    assert describe_owner(port) is None


def test_our_own_server_is_known_by_its_command() -> None:
    assert is_ours("halo (pid 7: /x/.venv/bin/python /x/.venv/bin/halo serve --port 1)")
    assert is_ours("python (pid 8: /x/python -P -c import sys; from halo_dash.app.child import main)")
    assert not is_ours("nginx (pid 9: nginx -g daemon off)")
    assert not is_ours("python (pid 9: python -m http.server --directory halo)")
    assert not is_ours(None)
