"""The queries again, asked of a real store: received, watched and imported, indexed, and listed.

What is found equals what is written down by hand for the planted texts, and, for the requests of real
clients, what reading all of their raw content finds (`raw_content`).
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from raw_content import Raw, read_request, read_requests, stands_alone, words_of
from test_found import QUERIES, traces

from halo_dash.ingest import Delivery, Ingest
from halo_dash.jobs.indexer import catch_up
from halo_dash.jobs.watcher import Watcher
from halo_dash.model.exporter import Exporter
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.found import SearchReport
from halo_dash.otlp import encode_traces
from halo_dash.store import Store
from halo_dash.transfer.importing import import_file

RECORDED = Path(__file__).parents[1] / "fixtures" / "otlp"
WAYS = ("live", "watch", "import")
"""Every planted trace comes in by each, under an id that begins with the number of the way."""


class Filled:
    """A store, and for each trace id what was sent."""

    def __init__(self, store: Store, raw: dict[str, Raw]) -> None:
        self.store = store
        self.raw = raw

    def ask(self, typed: str, source: tuple[str, ...] = ()) -> tuple[set[str], SearchReport | None]:
        """The ids of all traces that are listed, over all pages."""
        query = ListQuery(replace(Filter.parse([("q", typed)]), source=source), limit=500)
        page = self.store.traces.page(query, time.time_ns(), facets=False)
        found = {row.summary.trace_id for row in page.items}
        assert page.next_cursor is None
        assert page.totals.traces == len(found)
        return found, page.search

    def by_words(self, typed: str) -> set[str]:
        """Those that have the words, not only parts of words."""
        found, search = self.ask(typed)
        return set() if search and search.parts_of_words else found


def planted_id(way: int, number: int) -> str:
    return f"{way + 1:x}{number:031x}"


PLANTED = {name: number for number, name in enumerate(traces(), 1)}
PLANTED_IDS = {planted_id(way, number) for way in range(len(WAYS)) for number in PLANTED.values()}


def requests() -> list[Path]:
    """Every recorded request once."""
    return sorted(
        path
        for path in RECORDED.glob("*/*")
        if path.name[0].isdigit() and path.suffix in {".json", ".binpb"} and "halo-jsonl" not in path.parts
    )


def raw_content() -> dict[str, Raw]:
    found = read_requests(requests())
    for number, spans in enumerate(traces().values(), 1):
        for way in range(len(WAYS)):
            sent = [replace(each, trace_id=planted_id(way, number)) for each in spans]
            read = read_request(encode_traces(sent, "json"), "planted.json")
            found[planted_id(way, number)] = Raw(text for _trace_id, said in read for text in said)
    return found


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    tick = threading.Event()
    while not holds():
        assert time.monotonic() < deadline, "the watcher did not read its files"
        tick.wait(0.02)


def receive(ingest: Ingest, body: bytes, encoding: str, signal: str = "traces") -> None:
    exporter = Exporter("test", "http", encoding)  # type: ignore[arg-type]
    ingest.submit(Delivery(signal, body, exporter, f"/v1/{signal}", time.time_ns())).result()  # type: ignore[arg-type]


def watch(store: Store, ingest: Ingest, folder: Path, spans: int) -> None:
    stop = threading.Event()
    watcher = threading.Thread(target=Watcher((folder,), ingest, store).run, args=(stop,))
    watcher.start()
    try:
        until(lambda: store.stats().spans >= spans)
    finally:
        stop.set()
        watcher.join()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    folder = tmp_path_factory.mktemp("real")
    watched = folder / "watched"
    watched.mkdir()
    with Store.open(folder / "halo.db") as store, Ingest(store) as ingest:
        for number, spans in enumerate(traces().values(), 1):
            for way, name in enumerate(WAYS):
                sent = [replace(each, trace_id=planted_id(way, number)) for each in spans]
                if name == "live":
                    receive(ingest, encode_traces(sent, "protobuf"), "protobuf")
                else:
                    path = (watched if name == "watch" else folder) / f"{number}.jsonl"
                    path.write_bytes(encode_traces(sent, "json") + b"\n")
                    if name == "import":
                        import_file(ingest, path)
        for number, path in enumerate(requests()):
            encoding = "json" if path.suffix == ".json" else "protobuf"
            if ".logs." in path.name or number % 2:
                receive(ingest, path.read_bytes(), encoding, "logs" if ".logs." in path.name else "traces")
            else:
                import_file(ingest, path)
        watch(store, ingest, watched, store.stats().spans + sum(map(len, traces().values())))
        catch_up(store)
        yield Filled(store, raw_content())


def test_all_of_it_is_there(filled: Filled) -> None:
    stats = filled.store.stats()
    assert stats.indexed_spans == stats.spans
    assert stats.traces == len(filled.raw)
    assert filled.raw.keys() >= PLANTED_IDS
    for way, name in enumerate(WAYS):
        found, _search = filled.ask("", source=(name,))
        assert {planted_id(way, number) for number in PLANTED.values()} <= found


@pytest.mark.parametrize(("typed", "expected"), QUERIES, ids=[typed for typed, _ in QUERIES])
def test_what_is_found_whichever_way_it_came(filled: Filled, typed: str, expected: frozenset[str]) -> None:
    found = filled.by_words(typed)
    for way, name in enumerate(WAYS):
        wanted = {planted_id(way, PLANTED[each]) for each in expected}
        assert {each for each in found & PLANTED_IDS if each[0] == str(way + 1)} == wanted, name


def together(words: tuple[str, ...]) -> str:
    """Words as one would type them: those of scripts without spaces without spaces."""
    gaps = (
        "" if stands_alone(left[0]) and stands_alone(right[0]) else " " for left, right in pairwise(words)
    )
    return "".join(piece for pair in zip(words, (*gaps, ""), strict=True) for piece in pair)


def sample(raw: dict[str, Raw], chance: random.Random, count: int) -> list[str]:
    """Queries made of words that were sent: one, several of one trace, neighbours, excluded ones."""
    found = []
    for _each in range(count):
        texts = [text for text in chance.choice(list(raw.values())).texts if words_of(text)]
        words = words_of(chance.choice(texts))
        other = chance.choice(words_of(chance.choice(texts)))
        at = chance.randrange(len(words))
        found.append(
            chance.choice(
                [
                    words[at],
                    words[at].upper(),
                    f"{words[at]} {other}",
                    f"{other} -{words[at]}",
                    f'"{together(words[at : at + 3])}"',
                ]
            )
        )
    return found


def bounds(filled: Filled, typed: str) -> tuple[set[str], set[str]]:
    """The traces that must be found, and those that may be, of words or of one phrase."""
    words = [typed.strip('"')] if typed[0] == '"' else [each for each in typed.split() if each[0] != "-"]
    unwanted = [each[1:] for each in typed.split() if each[0] == "-"]
    must, may = (
        {
            trace_id
            for trace_id, raw in filled.raw.items()
            if all(getattr(raw, wanted)(each) for each in words)
            and not any(getattr(raw, refused)(each) for each in unwanted)
        }
        for wanted, refused in (("must", "may"), ("may", "must"))
    )
    return must, may


def test_words_that_were_sent_are_found_where_they_were_sent(filled: Filled) -> None:
    asked = sample(filled.raw, random.Random(5), 150)  # noqa: S311 - test data
    as_widely_read = 0
    for typed in asked:
        must, may = bounds(filled, typed)
        found = filled.by_words(typed)
        assert must <= found <= may, typed
        as_widely_read += found == may
    assert as_widely_read > 0.9 * len(asked)


plain_words = st.text(
    st.characters(exclude_categories=("C", "Z", "P", "S", "Mn", "Me", "Mc"), max_codepoint=0x24FF), min_size=1
)
of_fixtures = st.sampled_from(
    [
        "refund", "tool", "city", "weather", "東京", "환불", "straße", "Café", "👍", "Lisbon", "SKU-00123",
        "user_id", "退款", "λόγος", "اريد", "temperature",
    ]
)  # fmt: skip


@settings(max_examples=150)
@given(words=st.lists(of_fixtures | plain_words, min_size=1, max_size=3))
def test_any_words_agree_on_the_traces_that_have_them_all(filled: Filled, words: list[str]) -> None:
    typed = " ".join(each for each in words if each not in {"OR", "AND", "NOT"})
    if not typed:
        return
    must, may = bounds(filled, typed)
    found, search = filled.ask(typed)
    assert search is not None
    if search.parts_of_words:
        assert not must
        assert all(filled.raw[each].has_part(typed) for each in found)
    elif words_of(typed):
        assert must <= found <= may


@settings(max_examples=150)
@given(typed=st.text(max_size=40) | st.text("()\"':*-|<>=. ORANDinhas:attr.\\_aeé東👍0\0", max_size=40))
def test_whatever_is_typed_is_answered(filled: Filled, typed: str) -> None:
    found, search = filled.ask(typed)
    assert found <= filled.raw.keys()
    assert search is not None or not typed.strip()
