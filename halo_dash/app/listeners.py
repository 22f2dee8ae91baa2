"""Binding the listening sockets, once, before any child starts.

The supervisor holds them: a taken port is known at once, and a child that is started again serves the
same port while connections made meanwhile wait in the socket's queue.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from dataclasses import dataclass, replace
from typing import TypeAlias

from halo_dash.app.port_owner import describe_owner, is_ours
from halo_dash.config import Settings
from halo_dash.errors import UsageError

Socket: TypeAlias = socket.socket
BACKLOG = 1024
OTLP_PORTS = (4317, 4318)
"""The ports of an exporter that nobody configured: gRPC and HTTP (OpenTelemetry protocol exporter spec)."""


@dataclass(frozen=True, slots=True)
class Listeners:
    """The bound sockets, and the settings with the ports they really have."""

    settings: Settings
    collector: list[socket.socket]
    dashboard: list[socket.socket]

    def close(self) -> None:
        """Close every socket of this process; a child's own copies live on."""
        for sock in (*self.collector, *self.dashboard):
            sock.close()


def bind(settings: Settings) -> Listeners:
    """Bind every port the settings ask for.

    Raises UsageError that names every port that cannot be had, and why.
    """
    problems: list[str] = []
    collector = _listen(settings, settings.collector_port, "collector", "--collector-port", problems)
    dashboard: list[socket.socket] = []
    if settings.dashboard_enabled:
        dashboard = _listen(settings, settings.port, "dashboard", "--port", problems)
    bound = replace(
        settings,
        collector_port=_port(collector) or settings.collector_port,
        port=_port(dashboard) or settings.port,
    )
    if settings.otlp_default_ports:
        for port in OTLP_PORTS:
            if port != bound.collector_port:
                collector += _listen(settings, port, "collector", "--otlp-default-ports", problems)
    listeners = Listeners(settings=bound, collector=collector, dashboard=dashboard)
    if problems:
        listeners.close()
        raise UsageError("\n".join(problems))
    return listeners


def _listen(settings: Settings, port: int, part: str, flag: str, problems: list[str]) -> list[socket.socket]:
    """Return the sockets for one port; where there are none, say why in `problems`."""
    try:
        family, _, _, _, address = socket.getaddrinfo(
            settings.host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        sockets = [_socket(socket.AddressFamily(family), str(address[0]), port)]
    except OSError as problem:
        problems.append(_explain(problem, settings.host, port, part, flag))
        return []
    if settings.host in {"127.0.0.1", "localhost"}:
        # "localhost" means ::1 to many clients (Node above all): answer there too where that is possible.
        other = "127.0.0.1" if sockets[0].family == socket.AF_INET6 else "::1"
        with contextlib.suppress(OSError):
            sockets.append(_socket(_family(other), other, _port(sockets)))
    return sockets


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def _socket(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            # A port that was in use a moment ago may be taken again at once. On Windows the same
            # option would let two servers share the port, so it is not set there.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1 if address != "::" else 0)
        sock.bind((address, port))
        sock.listen(BACKLOG)
    except OSError:
        sock.close()
        raise
    return sock


def _port(sockets: list[socket.socket]) -> int:
    return int(sockets[0].getsockname()[1]) if sockets else 0


def _explain(problem: OSError, host: str, port: int, part: str, flag: str) -> str:
    """Say why a port cannot be had, and what to do."""
    what = f"Port {port} for the {part}"
    if isinstance(problem, socket.gaierror):
        return f"The host {host} is not known here ({problem.strerror}). Use an address of this machine."
    if problem.errno == errno.EADDRINUSE:
        owner = describe_owner(port)
        by = f" by {owner}" if owner else ""
        mend = "leave that flag out" if flag == "--otlp-default-ports" else f"{flag} 0 takes a free one"
        if is_ours(owner):
            return f"{what} is taken{by}: `halo serve` runs already. Use that one, or another port: {mend}."
        return f"{what} is taken on {host}{by}. Stop that program, or choose another port: {mend}."
    if problem.errno == errno.EACCES:
        return f"{what} is not allowed for this user. Choose one above 1023: {flag} 0 takes a free one."
    if problem.errno == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine. Use --host 127.0.0.1, or one that `ip address` lists."
    return f"{what} cannot be opened on {host}: {problem.strerror or problem}."
