"""Annotations go with a snapshot and come back as they were, once, and old files are read as before."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import orjson
import pytest

from halo_dash.errors import InvalidInputError
from halo_dash.ingest import Ingest
from halo_dash.model.annotation import AnnotationChange, Target
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.span import Resource, Scope, Span
from halo_dash.store import Store
from halo_dash.transfer.exporting import export_snapshot
from halo_dash.transfer.importing import ImportReport, import_bytes

TRACE, OTHER = "a" * 32, "b" * 32
NOW = 1_780_000_000_000_000_000


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "here.db") as store:
        with store.writing() as tx:
            for trace_id in (TRACE, OTHER):
                span = Span(
                    trace_id=trace_id,
                    span_id="1" * 16,
                    name="run",
                    start_ns=NOW,
                    end_ns=NOW + 1,
                    attributes={"session.id": "chat"},
                    resource=Resource({}),
                    scope=Scope("tests", "1"),
                )
                tx.write([span], source="live", received_ns=NOW)
            say(tx.annotate, Target(TRACE), NOW, verdict="bad", tags=["x", "y"], note="wrong\n  answer ✗")
            say(tx.annotate, Target(TRACE, "1" * 16), NOW + 1, note="here")
            say(tx.annotate, Target(session_id="chat"), NOW + 2, verdict="good", note="of the session")
            say(tx.annotate, Target(OTHER), NOW + 3, tags=["other"])
        yield store


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "there.db") as store:
        yield store


def say(annotate: object, target: Target, now_ns: int, **wanted: object) -> None:
    annotate(target, AnnotationChange.read(**wanted), now_ns)  # type: ignore[operator,arg-type]


def exported(store: Store, *trace_ids: str) -> bytes:
    out = io.BytesIO()
    export_snapshot(store, trace_ids, out)
    return out.getvalue()


def imported(store: Store, data: bytes) -> ImportReport:
    with Ingest(store) as ingest:
        return import_bytes(ingest, data, "a.json")


def test_they_come_back_as_they_were_and_only_once(here: Store, there: Store) -> None:
    data = exported(here, TRACE)
    assert imported(there, data).annotations == 7
    assert exported(there, TRACE) == data
    assert list(there.annotations.concerning([TRACE])) == list(here.annotations.concerning([TRACE]))
    found = there.traces.page(ListQuery(Filter(tag=("x",), verdict=("good",))), NOW)
    assert [row.summary.trace_id for row in found.items] == [TRACE]
    assert imported(there, data).annotations == 0
    assert exported(there, TRACE) == data
    assert there.check(sample=10) == ()


def test_the_later_change_stays_wherever_it_was_made(here: Store, there: Store) -> None:
    data = exported(here, TRACE)
    imported(there, data)
    with there.writing() as tx:
        say(tx.annotate, Target(TRACE), NOW + 50, verdict="good")
    assert imported(there, data).annotations == 0
    assert imported(here, exported(there, TRACE)).annotations == 1
    verdict = here.annotations.of(Target(TRACE)).verdict
    assert verdict is not None
    assert verdict.value == "good"


def test_what_was_said_of_the_session_counts_for_its_traces_that_were_here(here: Store, there: Store) -> None:
    bare = json.loads(exported(here, OTHER))
    del bare["annotations"], bare["annotations_hash"]
    imported(there, orjson.dumps(bare))
    assert there.annotations.of_sessions(["chat"]) == {}
    imported(there, exported(here, TRACE))
    row = there.traces.get(OTHER)
    assert row is not None
    assert row.verdicts == ("good",)


def test_a_trace_of_which_nobody_said_anything_is_written_as_before(there: Store, here: Store) -> None:
    bare = json.loads(exported(here, OTHER))
    del bare["annotations"], bare["annotations_hash"]
    imported(there, orjson.dumps(bare))
    assert json.loads(exported(there, OTHER)) == bare
    assert b"annotation" not in exported(there, OTHER)


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file.pop("annotations_hash"),
        lambda file: file["annotations"].pop(),
        lambda file: file["annotations"][0].update(value="other"),
    ],
)
def test_damage_is_noticed_before_anything_is_stored(here: Store, there: Store, damage: object) -> None:
    file = json.loads(exported(here, TRACE))
    damage(file)  # type: ignore[operator]
    with pytest.raises(InvalidInputError, match="annotations_hash"):
        imported(there, orjson.dumps(file))
    assert there.stats().traces == 0


@pytest.mark.parametrize(
    "change",
    [
        {"target": {"trace_id": "c" * 32}},
        {"target": {}},
        {"target": {"trace_id": TRACE, "session_id": "x"}},
        {"kind": "stars"},
        {"kind": "verdict", "id": "", "value": "ugly"},
        {"kind": "tag", "id": "A B", "value": "A B"},
        {"kind": "note", "id": "n", "value": ""},
        {"kind": "note", "id": "n/1", "value": "x"},
        {"changed_ns": "99999999999999999999999"},
        {"created_ns": str(NOW + 10**12)},
    ],
)
def test_what_could_not_have_been_said_here_is_refused(
    here: Store, there: Store, change: dict[str, object]
) -> None:
    file = json.loads(exported(here, TRACE))
    file["annotations"][0].update(change)
    lines = b"".join(orjson.dumps(each) + b"\n" for each in file["annotations"])
    file["annotations_hash"] = f"sha256:{sha256(lines).hexdigest()}"
    with pytest.raises(InvalidInputError, match="annotation 0"):
        imported(there, orjson.dumps(file))
    assert there.stats().traces == 0
