"""What `halo serve` prints: text for people, or one JSON object a line."""

from __future__ import annotations

import contextlib
import json
import sys
import threading
from typing import TextIO

from halo_dash import __version__
from halo_dash.config import Settings
from halo_dash.config.exporters import to_paste

READY = "HALO is ready. Waiting for traces..."


class Announcer:
    """Speaks for the supervisor: what was bound on standard output, what goes wrong on standard error."""

    def __init__(
        self,
        settings: Settings,
        *,
        extra_ports: tuple[int, ...] = (),
        shows_token: bool = False,
        opens_browser: bool = False,
        out: TextIO | None = None,
        err: TextIO | None = None,
    ) -> None:
        self._settings = settings
        self._extra_ports = extra_ports
        self._shows_token = shows_token
        self._opens_browser = opens_browser
        self._out = out or sys.stdout
        self._err = err or sys.stderr
        self._is_json = settings.log_format == "json"

    def bound(self) -> None:
        """Say what is listening, before anything answers there."""
        for part, text in () if self._settings.quiet else self._parts():
            if self._is_json:
                self._event(self._out, "part", part=part, text=text)
            else:
                self._print(self._out, f"{part:<10} {text}")
        for warning in self._settings.warnings:
            self.note("config", warning)
        if self._shows_token:
            self._token()
        elif not self._settings.is_loopback:
            self.note("token", f"{self._reach()}: clients must show the token of HALO_TOKEN.")

    def ready(self) -> None:
        """Every part serves."""
        settings = self._settings
        if self._is_json:
            dashboard = settings.dashboard_url if settings.dashboard_enabled else None
            where = {
                "collector": settings.collector_url,
                "dashboard": dashboard,
                "storage": settings.storage_url,
            }
            self._event(self._out, "ready", **where, version=__version__)
        elif not settings.quiet:
            lines = [f"  {label}  {command}" for label, command in self._snippets()]
            self._print(
                self._out, "\n".join(["", "In the shell that starts your agent, paste one of:", *lines, ""])
            )
            self._print(self._out, READY)
        if self._opens_browser:
            # Imported here: it takes 20 ms that only those who asked for it shall wait.
            import webbrowser  # noqa: PLC0415 - see above

            address = f"{settings.dashboard_url}/" + (f"?token={settings.token}" if settings.token else "")
            # The command of some browsers returns only when they are closed.
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

    def note(self, part: str, text: str) -> None:
        """Something went wrong, or right again."""
        if self._is_json:
            self._event(self._err, "log", part=part, message=text)
        else:
            self._print(self._err, f"[{part}] {text}")

    def _parts(self) -> list[tuple[str, str]]:
        settings = self._settings
        also = f"; also on {', '.join(map(str, self._extra_ports))}" if self._extra_ports else ""
        dashboard = (
            settings.dashboard_url if settings.dashboard_enabled else "switched off (dashboard.enabled)"
        )
        return [
            ("collector", f"{settings.collector_url}  (OTLP over gRPC and HTTP{also})"),
            ("engine", _engine(settings)),
            ("dashboard", dashboard),
            ("storage", str(settings.store_path)),
        ]

    def _reach(self) -> str:
        return f"Other machines can reach {self._settings.host}"

    def _snippets(self) -> list[tuple[str, str]]:
        senders = to_paste(self._settings.collector_url, has_token=self._settings.token is not None)
        return [
            (sender, "export " + " ".join(f"{name}={word}" for name, word in variables.items()))
            for sender, variables in senders.items()
        ]

    def _token(self) -> None:
        """Show a token that was made up for this run, the only time it is ever printed."""
        settings = self._settings
        if self._is_json:
            self._event(self._out, "token", token=settings.token)
            return
        lines = [
            "",
            f"{self._reach()}: clients must show this token.",
            f"  export HALO_TOKEN={settings.token}",
            f"  browser: {settings.dashboard_url}/?token={settings.token}",
            "It was made up for this run. Set HALO_TOKEN yourself to keep one.",
        ]
        self._print(self._out, "\n".join(lines))

    def _event(self, stream: TextIO, event: str, **fields: object) -> None:
        self._print(stream, json.dumps({"event": event, **fields}))

    def _print(self, stream: TextIO, text: str) -> None:
        # Whoever read our output may be gone; serving goes on.
        with contextlib.suppress(OSError, ValueError):
            stream.write(f"{text}\n")
            stream.flush()


def _engine(settings: Settings) -> str:
    """What analyses traces: a model, or what needs none."""
    if settings.engine.model is None:
        return "ready; no model configured (built-in analyst)"
    where = f" at {settings.engine.base_url}" if settings.engine.base_url else ""
    return f"ready; {settings.engine.model}{where}"
