"""The parts of `halo serve`, each built inside its own child process.

What a part needs is imported when it is built: gRPC belongs to one process, Litestar to the other, and
the order decides how soon `halo serve` is ready.
"""

from __future__ import annotations

import gc
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, nullcontext, suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from halo_dash.app.child import Link
from halo_dash.config import Settings
from halo_dash.errors import StoreError

if TYPE_CHECKING:
    from halo_dash.analysis.engine.engine import Engine
    from halo_dash.ingest import Ingest
    from halo_dash.jobs.judge import Judge
    from halo_dash.plugins import Rule, RuleProblem
    from halo_dash.plugins.loading import Importing
    from halo_dash.store import Store

_LOOK_FOR_RULES_S = 2.0
"""How often to look whether the folder of rules was made."""
_INDEXER_NICENESS = 5
"""A third of the time of a busy core, where another process wants all of it."""
_ENGINE_NICENESS = 10
"""It waits for models most of the time."""
_JUDGE_NICENESS = 15
"""A thirtieth of it, and a tenth beside the indexer: what is not judged yet can be found already."""


def collector(settings: Settings, sockets: list[socket.socket], link: Link) -> None:
    """Receive spans and write them, until told to stop. Raises StoreError when the store cannot be opened."""
    from halo_dash.semconv.pricing import PriceBook  # noqa: PLC0415 - see the module's docstring
    from halo_dash.store import Store  # noqa: PLC0415 - the same

    with Store.open(settings.store_path, mode="rw", prices=PriceBook(settings.prices)) as store:
        link.say("store")
        from halo_dash.collector.server import receive  # noqa: PLC0415 - the dashboard may open the store by now
        from halo_dash.ingest import Ingest  # noqa: PLC0415 - the same

        _collect_rarely()
        with Ingest(store) as ingest:
            if settings.demo:
                _load_demo(store, ingest, link)
            with _upkeep(settings, store, link.stop), _watching(settings, store, ingest, link.stop):
                receive(ingest, settings, sockets, lambda: link.say("ready"), link.stop)


def _collect_rarely() -> None:
    """Spans make no cycles, and looking for some takes a tenth of the time."""
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


def dashboard(settings: Settings, sockets: list[socket.socket], link: Link) -> None:
    """Render pages, until told to stop. Raises StoreError when the store cannot be opened."""
    # Loading the web framework takes longest: do it while the collector opens the store.
    server = import_module("halo_dash.web.server")
    if link.wait_for_store():
        server.serve(settings, sockets, lambda: link.say("ready"), link.stop)


def indexer(settings: Settings, _sockets: list[socket.socket], link: Link) -> None:
    """Fill the full-text index, until told to stop. Raises StoreError when the store cannot be opened."""
    if not link.wait_for_store():
        return
    from halo_dash.jobs.indexer import Indexer  # noqa: PLC0415 - see the module's docstring
    from halo_dash.store import Store  # noqa: PLC0415 - the same

    _give_way(_INDEXER_NICENESS)
    with Store.open(settings.store_path, mode="ro") as store:
        link.say("ready")
        Indexer(store).run(link.stop)


def judge(settings: Settings, _sockets: list[socket.socket], link: Link) -> None:
    """Judge traces, until told to stop. Raises StoreError when the store cannot be opened."""
    if not link.wait_for_store():
        return
    judging = import_module("halo_dash.jobs.judge")
    from halo_dash.plugins import load_rules  # noqa: PLC0415 - see the module's docstring
    from halo_dash.store import Store  # noqa: PLC0415 - the same

    _give_way(_JUDGE_NICENESS)
    _collect_rarely()
    with Store.open(settings.store_path, mode="ro") as store:
        link.say("ready")

        def load(importing: Importing) -> tuple[Sequence[Rule], Sequence[RuleProblem]]:
            loaded = load_rules(settings.rules_dir, importing)
            return loaded.rules, loaded.problems

        job: Judge = judging.Judge(store, load=load)
        with _beside(_reloading(settings.rules_dir, job), "halo-rules", link.stop):
            job.run(link.stop)


def engine(settings: Settings, _sockets: list[socket.socket], link: Link) -> None:
    """Execute runs of the analysis, until told to stop. Raises StoreError when the store cannot be opened."""
    if not link.wait_for_store():
        return
    from halo_dash.ingest import Ingest  # noqa: PLC0415 - see the module's docstring
    from halo_dash.jobs.runner import Runner  # noqa: PLC0415 - the same
    from halo_dash.model.filter_fields import ENGINE  # noqa: PLC0415 - the same
    from halo_dash.semconv.pricing import PriceBook  # noqa: PLC0415 - the same
    from halo_dash.store import Store  # noqa: PLC0415 - the same

    _give_way(_ENGINE_NICENESS)
    with (
        Store.open(settings.store_path, mode="rw", prices=PriceBook(settings.prices)) as store,
        Ingest(store) as ingest,
        ExitStack() as opened,
    ):

        def make_engine() -> Engine:
            # Loads the client of the models and the code environment: nobody needs them before the first run.
            from halo_dash.analysis.engine.engine import Engine  # noqa: PLC0415 - see above
            from halo_dash.analysis.engine_room import EngineRoom  # noqa: PLC0415 - the same

            keep = partial(ingest.write_spans, source=ENGINE)
            room = opened.enter_context(closing(EngineRoom(store, settings.engine, write=keep)))
            return Engine(store, room.equipment())

        link.say("ready")
        ahead = _loading_ahead(store) if settings.engine.model else None
        with _beside(ahead, "halo-engine-ahead", link.stop) if ahead else nullcontext():
            Runner(store, make_engine).run(link.stop)


def _loading_ahead(store: Store) -> Callable[[threading.Event], None]:
    """What the first question of a run needs, so that it does not wait for a million rows to be read."""

    def load(_stop: threading.Event) -> None:
        with suppress(StoreError):  # the run says it
            store.traces.load()
            store.figures.load()
        import_module("halo_dash.analysis.provider.client")

    return load


def _reloading(folder: Path, job: Judge) -> Callable[[threading.Event], None]:
    """Take up rules as they are written: watches their folder, also before it is made."""

    def reload(stop: threading.Event) -> None:
        from watchfiles import PythonFilter, watch  # noqa: PLC0415 - see the module's docstring

        while not stop.is_set():
            if not folder.is_dir():
                stop.wait(_LOOK_FOR_RULES_S)
                if not folder.is_dir():
                    continue
            else:
                next(watch(folder, watch_filter=PythonFilter(), stop_event=stop, recursive=False), None)
            if not stop.is_set():
                job.reload()

    return reload


def _give_way(niceness: int) -> None:
    """Run where the others leave time: an index that comes later is better than a late acknowledgement."""
    if hasattr(os, "nice"):  # not on Windows
        os.nice(niceness)


def _load_demo(store: Store, ingest: Ingest, link: Link) -> None:
    """Fill an empty store with the demo's traces."""
    from halo_dash.model.filter import Filter, ListQuery  # noqa: PLC0415 - only with --demo
    from halo_dash.transfer.demo import demo_traces  # noqa: PLC0415 - the same

    if store.stats().spans:
        demo = store.traces.page(
            ListQuery(Filter(source=("demo",)), limit=1), now_ns=time.time_ns(), facets=False
        )
        if not demo.items:
            text = "The store holds traces already, so the demo was not loaded. `halo demo` shows it apart."
            link.say("note", text=text)
        return
    ingest.write_spans((span for trace in demo_traces(time.time_ns()) for span in trace.spans), source="demo")


@contextmanager
def _watching(settings: Settings, store: Store, ingest: Ingest, stop: threading.Event) -> Iterator[None]:
    """Follow the watched files while the block runs."""
    if not settings.watch:
        yield
        return
    from halo_dash.jobs.watcher import Watcher  # noqa: PLC0415 - only with --watch

    with _beside(Watcher(settings.watch, ingest, store).run, "halo-watcher", stop):
        yield


@contextmanager
def _upkeep(settings: Settings, store: Store, stop: threading.Event) -> Iterator[None]:
    """Keep the store within its limits, and what was read of spans true, while the block runs."""
    from halo_dash.jobs.janitor import Janitor  # noqa: PLC0415 - receiving starts first
    from halo_dash.jobs.rereader import Rereader  # noqa: PLC0415 - the same

    janitor = Janitor(store, days=settings.max_retention_days, size_gb=settings.max_size_gb)
    with _beside(janitor.run, "halo-janitor", stop), _beside(Rereader(store).run, "halo-rereader", stop):
        yield


@contextmanager
def _beside(run: Callable[[threading.Event], None], name: str, stop: threading.Event) -> Iterator[None]:
    """Run something in a thread of its own while the block runs."""
    thread = threading.Thread(target=run, args=(stop,), name=name)
    thread.start()
    try:
        yield
    finally:
        # Also when receiving failed: the thread must not outlive what it writes to.
        stop.set()
        thread.join()
