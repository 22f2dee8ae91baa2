"""`--watch PATH`: files of spans are read as they grow, so an agent with a file exporter needs no network."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec
from watchfiles import watch

from halo_dash.errors import HaloError, UnavailableError
from halo_dash.ingest import Ingest
from halo_dash.jobs.tail import START, Piece, Position, read_on, read_packed
from halo_dash.model.exporter import Exporter, Rejection
from halo_dash.store import Store
from halo_dash.transfer.batch import BadPart

log = logging.getLogger(__name__)

PATTERNS: Final = ("*.jsonl", "*.ndjson", "*.jsonl.gz", "*.ndjson.gz")
"""What is read in a watched folder and below it. A file named on the command line may be called anything."""
_LOOK_MS: Final = 1_000
"""Everything is looked at this often, for file systems that announce nothing (network, containers)."""
_QUIET_NS: Final = 1_000_000_000
"""A gzip file counts as written when it has not changed for this long."""
_NAMED: Final = 10
_MEND: Final = "Write one HALO JSONL span, or one OTLP/JSON request, on each line."


class Watcher:
    """Reads what appears in files and folders into the store, until it is told to stop.

    How far each file was read is kept in the store, after the spans themselves: a crash between the two
    repeats a few lines, which changes nothing.
    """

    def __init__(self, paths: Iterable[Path], ingest: Ingest, store: Store) -> None:
        """Paths need not exist yet."""
        self._roots = tuple(dict.fromkeys(path.expanduser().absolute().resolve() for path in paths))
        self._ingest = ingest
        self._store = store
        self._stamps: dict[Path, tuple[int, int]] = {}
        self._positions: dict[Path, Position] = {}
        self._is_refused = False

    def run(self, stop: threading.Event) -> None:
        """Blocks until `stop` is set; meant for a thread of its own. Raises nothing that a file can cause."""
        while not stop.is_set():
            self.look(self._files())
            there = [root for root in self._roots if root.exists()]
            if not there:
                stop.wait(_LOOK_MS / 1_000)
                continue
            try:
                self._follow(there, stop)
            except OSError as error:
                # Out of inotify watches, or a folder that went away: looking still works.
                log.warning("cannot be told of changes (%s); looking every second instead", error)
                stop.wait(_LOOK_MS / 1_000)

    def _follow(self, there: list[Path], stop: threading.Event) -> None:
        for changes in watch(
            *there,
            watch_filter=None,
            stop_event=stop,
            debounce=200,
            step=20,
            rust_timeout=_LOOK_MS,
            yield_on_timeout=True,
            raise_interrupt=False,
            ignore_permission_denied=True,
        ):
            changed = {Path(name) for _, name in changes}
            self.look(path for path in (changed or self._files()) if self._is_watched(path))
            if there != [root for root in self._roots if root.exists()]:
                return

    def look(self, paths: Iterable[Path]) -> None:
        """Read what is new in these files."""
        for path in paths:
            try:
                self._look_at(path)
            except HaloError as error:
                # The store is full or stopping: nothing was remembered, so the next look tries again.
                if not self._is_refused:
                    log.warning("%s waits: %s", _name(path), error.message)
                self._is_refused = True
                return
            self._is_refused = False

    def _look_at(self, path: Path) -> None:
        try:
            state = path.stat()
        except OSError:
            self._stamps.pop(path, None)
            return
        stamp = (state.st_size, state.st_mtime_ns)
        is_packed = path.suffix == ".gz"
        if self._stamps.get(path) == stamp or (is_packed and time.time_ns() - state.st_mtime_ns < _QUIET_NS):
            return
        position = self._position(path)
        try:
            for piece in read_packed(path, position) if is_packed else read_on(path, position):
                self._take(path, piece)
        except UnavailableError:
            raise
        except HaloError as error:
            self._refuse(path, (BadPart("the file", error.message),))
        except OSError as error:
            self._refuse(path, (BadPart("the file", f"cannot be read: {error.strerror or error}"),))
        except Exception:
            # Not foreseen: the other files are still to be read, and this one once it changes.
            log.exception("%s could not be read", _name(path))
        self._stamps[path] = stamp

    def _take(self, path: Path, piece: Piece) -> None:
        batch = piece.batch
        written = self._ingest.write_spans(batch.spans, batch.log_records, source="watch")
        self._ingest.ledger.note(
            self._exporter(path),
            time.time_ns(),
            size=piece.size,
            spans=len(batch.spans),
            log_records=written.log_records,
            duplicates=written.duplicates,
            rejected=len(batch.bad),
        )
        self._refuse(path, batch.bad)
        if piece.after != self._positions.get(path):
            self._remember(path, piece.after)

    def _refuse(self, path: Path, bad: tuple[BadPart, ...]) -> None:
        for part in bad[:_NAMED]:
            rejection = Rejection(
                time_ns=time.time_ns(),
                exporter=self._exporter(path),
                path=_name(path),
                code=part.where,
                reason=part.reason,
                mend=_MEND,
                rejected_spans=1,
            )
            self._ingest.ledger.reject(rejection)
        if len(bad) > _NAMED:
            log.warning("%s: %d more lines cannot be read", _name(path), len(bad) - _NAMED)

    def _exporter(self, path: Path) -> Exporter:
        # One row of the collector page for each path that was named, not for each file in a folder.
        root = next((root for root in self._roots if path.is_relative_to(root)), path)
        return Exporter(f"watch {_name(root)}", "file", "json", "gzip" if path.suffix == ".gz" else "")

    def _position(self, path: Path) -> Position:
        if (known := self._positions.get(path)) is not None:
            return known
        noted = self._store.recall(_note_name(path))
        try:
            found = msgspec.json.decode(noted, type=Position) if noted else START
        except msgspec.MsgspecError:
            found = START
        self._positions[path] = found
        return found

    def _remember(self, path: Path, position: Position) -> None:
        with self._store.writing() as tx:
            tx.remember(_note_name(path), msgspec.json.encode(position))
        self._positions[path] = position

    def _files(self) -> Iterator[Path]:
        for root in self._roots:
            if root.is_dir():
                found = {path for pattern in PATTERNS for path in root.rglob(pattern)}
                yield from sorted(path for path in found if path.is_file())
            elif root.exists():
                yield root

    def _is_watched(self, path: Path) -> bool:
        return path in self._roots or (
            any(path.is_relative_to(root) for root in self._roots)
            and any(path.match(pattern) for pattern in PATTERNS)
        )


def _note_name(path: Path) -> str:
    return f"watch:{_name(path)}"


def _name(path: Path) -> str:
    """The path as text that can be stored: a name on Linux is any bytes, and Python keeps what is no UTF-8
    as lone surrogates (PEP 383)."""
    return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
