"""What `halo doctor` looks at. Each check is a fact, whether it is well, and the mend where it is not."""

from __future__ import annotations

import http.client
import json
import platform
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Literal
from urllib.parse import urlsplit

from halo_dash import __version__
from halo_dash.app.port_owner import describe_owner, is_ours
from halo_dash.config import Settings
from halo_dash.config.names import is_this_machine
from halo_dash.errors import HaloError
from halo_dash.web import words

State = Literal["ok", "note", "broken"]
_PROBE_S = 2.0


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report."""

    name: str
    state: State
    text: str
    mend: str = ""

    def document(self) -> dict[str, str]:
        """Return it as JSON."""
        return asdict(self)


def machine() -> Iterator[Check]:
    """Check what halo-dash runs on."""
    yield Check("halo-dash", "ok", __version__)
    yield Check("python", "ok", f"{platform.python_version()} ({sys.executable}) on {platform.platform()}")
    try:
        from halo_dash.store.driver import OLDEST_SQLITE, SQLITE_VERSION  # broken is a finding, not a crash
    except ImportError as problem:
        yield Check("sqlite", "broken", f"cannot be loaded ({problem})", "Install halo-dash again.")
        return
    is_old = tuple(map(int, SQLITE_VERSION.split("."))) < OLDEST_SQLITE
    mend = "Install halo-dash again: it brings a newer SQLite." if is_old else ""
    yield Check("sqlite", "broken" if is_old else "ok", SQLITE_VERSION, mend)


def configuration(settings: Settings) -> Iterator[Check]:
    """Check which configuration is in effect."""
    file = str(settings.config_file) if settings.config_file else "no halo.toml here or above; defaults hold"
    yield Check("config", "ok", file)
    for warning in settings.warnings:
        yield Check("config", "note", warning)


def ports(settings: Settings) -> Iterator[Check]:
    """Check whether `halo serve` could listen, or already does."""
    wanted = [("collector", settings.collector_port, "--collector-port")]
    if settings.dashboard_enabled:
        wanted.append(("dashboard", settings.port, "--port"))
    for part, port, flag in wanted:
        yield _port(settings, part, port, flag)


def running_server(settings: Settings) -> Iterator[Check]:
    """Check whether the `halo serve` on our dashboard port writes to the store that commands here read."""
    served = _asked(settings, "/settings.json", settings.port).get("storage") if settings.port else None
    if isinstance(served, str) and served != settings.storage_url:
        yield Check(
            "server",
            "note",
            f"the `halo serve` on port {settings.port} keeps its traces in {served},"
            f" not in {settings.storage_url}",
            f"To read them: halo trace list --url {settings.dashboard_url}, or pass the same --db here.",
        )


def _port(settings: Settings, part: str, port: int, flag: str) -> Check:
    where = f"port {port} on {settings.host}"
    if port == 0:
        return Check(part, "ok", "any free port")
    problem = _bind_problem(settings.host, port)
    if problem is None:
        return Check(part, "ok", f"{where} is free: `halo serve` is not running here")
    owner = describe_owner(port)
    if is_ours(owner) or (owner is None and _is_dashboard(settings, port)):
        return Check(part, "ok", f"`halo serve` is running on {where}" + (f": {owner}" if owner else ""))
    who = owner or "a program that this user cannot see"
    text = (
        f"{where} is taken by {who}"
        if owner or problem == "taken"
        else f"{where} cannot be opened ({problem})"
    )
    return Check(part, "broken", text, f"Stop that program, or use another port: halo serve {flag} 0")


def _bind_problem(host: str, port: int) -> str | None:
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            if sys.platform != "win32":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as problem:
        return "taken" if _answers(host, port) else problem.strerror or str(problem)
    return None


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=_PROBE_S):
            return True
    except OSError:
        return False


def _is_dashboard(settings: Settings, port: int) -> bool:
    return "store_bytes" in _asked(settings, "/stats.json", port)


def _asked(settings: Settings, path: str, port: int) -> dict[str, object]:
    """What a dashboard answers on that port, or nothing."""
    connection = http.client.HTTPConnection(
        urlsplit(settings.dashboard_url).hostname or "", port, timeout=_PROBE_S
    )
    headers = {"Authorization": f"Bearer {settings.token}"} if settings.token else {}
    try:
        connection.request("GET", path, headers=headers)
        found = json.loads(connection.getresponse().read(1_000_000))
    except (OSError, http.client.HTTPException, ValueError):
        return {}
    finally:
        connection.close()
    return found if isinstance(found, dict) else {}


def store(settings: Settings) -> Iterator[Check]:
    """Check the store and who has sent to it."""
    path = settings.store_path
    if not path.exists():
        yield Check("store", "ok", f"{path} is not there yet; `halo serve` makes it")
        return
    from halo_dash.semconv.pricing import PriceBook
    from halo_dash.store import Store  # loads SQLite

    try:
        opened = Store.open(path, mode="ro", prices=PriceBook(settings.prices))
    except HaloError as problem:
        yield Check("store", "broken", problem.message, problem.hint or "")
        return
    with opened as found:
        stats = found.stats()
        spans = f"{words.plural(stats.spans, 'span')} in {words.plural(stats.traces, 'trace')}"
        kept = f"{words.size(stats.store_bytes)}, schema {found.schema_version()}, {spans}"
        yield Check("store", "ok", f"{path}: {kept}")
        for trouble in found.check():
            yield Check(
                "store", "broken", trouble, "Copy the file away, then restore a backup or start a new store."
            )
        progress = found.rereading.progress()
        if not progress.is_current:
            yield Check("readings", "note", words.rereading(progress), "`halo serve` does it by itself.")
        overview = found.collector.overview(now_ns=time.time_ns())
    for activity in overview.exporters:
        exporter = activity.exporter
        how = f"{exporter.transport} {exporter.encoding}" + (
            f" {exporter.compression}" if exporter.compression else ""
        )
        last = words.when(activity.last_seen_ns, activity.last_seen_ns).partition(",")[0]
        sent = words.plural(activity.spans, "span")
        yield Check("exporter", "ok", f"{exporter.user_agent} ({how}): {sent}, last {last}")
    for rejection in overview.rejections[:1]:
        yield Check(
            "rejected", "note", f"{rejection.code} on {rejection.path}: {rejection.reason}", rejection.mend
        )


def environment_of_exporters(settings: Settings, variables: Mapping[str, str]) -> Iterator[Check]:
    """Check whether an agent started from this shell would send here."""
    name = next(
        (
            each
            for each in ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
            if variables.get(each)
        ),
        None,
    )
    if name is None:
        yield Check("shell", "ok", "OTEL_EXPORTER_OTLP_ENDPOINT is not set in this shell")
        return
    given = variables[name]
    target = urlsplit(given if "//" in given else f"//{given}")
    mine = {settings.collector_port, *((4317, 4318) if settings.otlp_default_ports else ())}
    host = target.hostname or ""
    is_here = (is_this_machine(host) or host == settings.host) and _port_of(given) in mine
    if is_here:
        yield Check("shell", "ok", f"{name}={given} points here")
    else:
        mend = f"To send here: export OTEL_EXPORTER_OTLP_ENDPOINT={settings.collector_url}"
        yield Check("shell", "note", f"{name}={given} points elsewhere", mend)


def _port_of(address: str) -> int | None:
    try:
        return urlsplit(address if "//" in address else f"//{address}").port
    except ValueError:
        return None
