"""`halo serve` from settings to exit code."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace

from halo_dash.app import listeners
from halo_dash.app.announce import Announcer
from halo_dash.app.process import Notice, Process
from halo_dash.app.supervisor import Charge, Supervisor
from halo_dash.config import Settings
from halo_dash.errors import UsageError

COLLECTOR = "halo_dash.app.parts:collector"
DASHBOARD = "halo_dash.app.parts:dashboard"
BESIDE = {
    "indexer": "halo_dash.app.parts:indexer",
    "judge": "halo_dash.app.parts:judge",
    "engine": "halo_dash.app.parts:engine",
}
"""The parts that work on what was received; the others serve without them."""


def serve(
    settings: Settings,
    *,
    collector: str = COLLECTOR,
    dashboard: str = DASHBOARD,
    beside: Mapping[str, str] = BESIDE,
) -> int:
    """Run the collector, the dashboard and the parts beside them until told to stop; return the exit code.

    `collector`, `dashboard` and the values of `beside` name what runs in the children: `module:function` of
    a `child.Part`.
    Raises UsageError when a port cannot be had or the folder of the store cannot be made.
    """
    makes_token = not settings.is_loopback and settings.token is None
    if makes_token:
        settings = replace(settings, token=secrets.token_urlsafe(24))
    _make_folder(settings)
    bound = listeners.bind(settings)
    try:
        settings = bound.settings
        announcer = _announcer(settings, bound, shows_token=makes_token)
        charges = [
            Charge(_maker("collector", collector, settings, bound.collector, announcer), opens_store=True)
        ]
        if settings.dashboard_enabled:
            charges.append(Charge(_maker("dashboard", dashboard, settings, bound.dashboard, announcer)))
        charges += [
            Charge(_maker(name, target, settings, [], announcer), is_vital=False)
            for name, target in beside.items()
        ]
        return Supervisor(charges, announcer, on_started=announcer.bound).run()
    finally:
        bound.close()


def _announcer(settings: Settings, bound: listeners.Listeners, *, shows_token: bool) -> Announcer:
    ports = {int(sock.getsockname()[1]) for sock in bound.collector} - {settings.collector_port}
    return Announcer(
        settings,
        extra_ports=tuple(sorted(ports)),
        shows_token=shows_token,
        opens_browser=settings.open_on_start and settings.dashboard_enabled,
    )


def _maker(
    name: str, target: str, settings: Settings, sockets: list[listeners.Socket], announcer: Announcer
) -> Callable[[Callable[[Notice], None]], Process]:
    def make(notify: Callable[[Notice], None]) -> Process:
        return Process(name, target, settings, sockets, notify, log=announcer.note)

    return make


def _make_folder(settings: Settings) -> None:
    folder = settings.store_path.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        message = f"The folder for the store, {folder}, cannot be made: {problem.strerror or problem}."
        raise UsageError(message, hint="Choose another place with --db PATH or --data-dir DIR.") from problem
