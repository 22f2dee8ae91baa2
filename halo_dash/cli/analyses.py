"""Where runs are asked for and read: the store itself, or a running dashboard, with the same documents."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol
from urllib.parse import quote

from halo_dash.cli.options import settings_from
from halo_dash.cli.reader import Document
from halo_dash.config import Settings, environment
from halo_dash.model.run import RUN_STATES

Pairs = Sequence[tuple[str, str]]
_EVENTS = 500
"""A page of events."""


class Analyses(Protocol):
    """What `halo run` and `halo conversation` need. Raises NotFoundError for an id that is not there."""

    def create(self, form: Pairs) -> Document:
        """Queue a run; `form` has the names of the page's form. Raises UsageError."""

    def runs(self, limit: int) -> Document:
        """Return the newest runs."""

    def run(self, run_id: str) -> Document:
        """Return one run."""

    def events(self, run_id: str, after: int, limit: int) -> Document:
        """Return what happened in a run after an event."""

    def cancel(self, conversation_id: str, reason: str) -> Document:
        """Ask for the end of what is under way; return the run."""

    def conversations(self, limit: int) -> Document:
        """Return the conversations, the last changed first, without messages."""

    def conversation(self, conversation_id: str) -> Document:
        """Return one with its messages."""

    def ask(self, conversation_id: str, prompt: str) -> Document:
        """Queue a follow-up; return its run."""

    def close(self) -> None:
        """Let go of what was opened."""


@contextmanager
def open_analyses(flags: dict[str, Any]) -> Iterator[tuple[Analyses, Settings]]:
    """Open what the flags point at; takes its own flags out of `flags`."""
    url = flags.pop("url") or environment().get("HALO_URL")
    settings = settings_from(**{name: flags.pop(name) for name in ("db", "data_dir", "storage", "config")})
    analyses: Analyses = _Server(url, settings.token) if url else _Local(settings)
    try:
        yield analyses, settings
    finally:
        analyses.close()


class _Server:
    def __init__(self, url: str, token: str | None) -> None:
        from halo_dash.cli.server import ServerReader

        self._server = ServerReader(url, token=token)

    def create(self, form: Pairs) -> Document:
        return self._server.post("/analysis/start.json", form)

    def runs(self, limit: int) -> Document:
        return self._server.get("/runs.json", [("limit", str(limit))])

    def run(self, run_id: str) -> Document:
        return self._server.get(f"/runs/{quote(run_id, safe='')}.json")

    def events(self, run_id: str, after: int, limit: int) -> Document:
        asked = [("after", str(after)), ("limit", str(min(limit, _EVENTS)))]
        return self._server.get(f"/runs/{quote(run_id, safe='')}/events.json", asked)

    def cancel(self, conversation_id: str, reason: str) -> Document:
        return self._server.post(
            "/analysis/cancel.json", [("conversation", conversation_id), ("reason", reason)]
        )

    def conversations(self, limit: int) -> Document:
        return self._server.get("/analysis.json", [("limit", str(limit))])

    def conversation(self, conversation_id: str) -> Document:
        return self._server.get(f"/analysis/{quote(conversation_id, safe='')}.json")

    def ask(self, conversation_id: str, prompt: str) -> Document:
        return self._server.post(
            "/analysis/ask.json", [("conversation", conversation_id), ("prompt", prompt)]
        )

    def close(self) -> None:
        """Nothing is held open between questions."""


class _Local:
    def __init__(self, settings: Settings) -> None:
        from halo_dash.store import Store

        self._settings = settings
        self._store = Store.open(settings.store_path, mode="rw")

    def create(self, form: Pairs) -> Document:
        from halo_dash.model.twin.runs import run_json
        from halo_dash.web.analysis.asking import Asked

        asked = Asked.parse(form, has_model=bool(self._settings.engine.model))
        now_ns = time.time_ns()
        wanted = asked.request(self._settings, now_ns)
        with self._store.writing() as tx:
            return run_json(tx.runs.create_conversation(wanted, now_ns))

    def runs(self, limit: int) -> Document:
        from halo_dash.model.twin.runs import run_json

        return {"items": [run_json(each) for each in self._store.runs.list(states=RUN_STATES, limit=limit)]}

    def run(self, run_id: str) -> Document:
        from halo_dash.model.twin.runs import run_json

        return run_json(self._store.runs.get(run_id))

    def events(self, run_id: str, after: int, limit: int) -> Document:
        from halo_dash.model.twin.runs import event_json

        found = self._store.runs.get(run_id)
        events = self._store.runs.events(run_id, after, min(limit, _EVENTS))
        return {
            "items": [event_json(each) for each in events],
            "next_after": events[-1].sequence if events else after,
            "state": found.state,
        }

    def cancel(self, conversation_id: str, reason: str) -> Document:
        from halo_dash.model.twin.runs import run_json

        last = self._store.runs.conversation(conversation_id).runs[-1]
        with self._store.writing() as tx:
            return run_json(tx.runs.cancel(last.run_id, reason or "Stopped by the user.", time.time_ns()))

    def conversations(self, limit: int) -> Document:
        from halo_dash.model.twin.runs import conversations_json

        return conversations_json(*self._store.runs.conversations(limit=limit))

    def conversation(self, conversation_id: str) -> Document:
        from halo_dash.model.twin.runs import conversation_json

        return conversation_json(self._store.runs.conversation(conversation_id))

    def ask(self, conversation_id: str, prompt: str) -> Document:
        from halo_dash.model.twin.runs import run_json

        with self._store.writing() as tx:
            return run_json(tx.runs.follow_up(conversation_id, prompt, time.time_ns()))

    def close(self) -> None:
        self._store.close()
