"""`halo annotate`, on the store itself and through a running dashboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from halo_dash.store import Store
from tests.web.conftest import Dashboard, put, run, serving

from .conftest import Ended

Halo = Callable[..., Ended]
TRACE = f"{1:032x}"
SPAN = f"{16:016x}"


@pytest.fixture
def dashboard(tmp_path: Path) -> Iterator[Dashboard]:
    with serving(tmp_path) as start:
        running = start()
        put(running.db, run(1), run(2))
        yield running


@pytest.fixture(params=["the store itself", "a running dashboard"])
def place(request: pytest.FixtureRequest, dashboard: Dashboard) -> tuple[str, ...]:
    return ("--db", str(dashboard.db)) if request.param == "the store itself" else ("--url", dashboard.url)


def test_a_trace_a_span_and_a_session_are_annotated(halo: Halo, place: tuple[str, ...]) -> None:
    said = halo(
        "annotate", "trace", TRACE, "--verdict", "bad", "--tag", "A b", "--tag", "c", *place, "--json"
    )
    assert said.document["annotations"] == {"verdict": "bad", "tags": ["a-b", "c"], "notes": []}
    said = halo("annotate", "trace", TRACE, "--verdict", "none", "--untag", "c", "--note", "x\n y", *place)
    assert said.out.splitlines()[0] == f"trace {TRACE}: a-b · 1 note"
    assert said.out.splitlines()[2:] == ["    x", "     y"]
    noted = halo("annotate", "span", TRACE, SPAN, "--note", "here", *place, "--json").document
    (note,) = noted["annotations"]["notes"]
    assert (noted["span_id"], note["text"]) == (SPAN, "here")
    changed = halo(
        "annotate", "span", TRACE, SPAN, "--note-id", note["id"], "--note", "there", *place, "--json"
    )
    assert [each["text"] for each in changed.document["annotations"]["notes"]] == ["there"]
    session = halo("annotate", "session", "s1", "--tag", "vip", *place, "--json").document
    assert session == {"session_id": "s1", "annotations": {"verdict": None, "tags": ["vip"], "notes": []}}
    found = halo("trace", "list", "--tag", "vip", *place, "--json").document["items"]
    assert [(each["trace_id"], each["tags"]) for each in found] == [(TRACE, ["a-b", "vip"])]
    assert "noted       a-b, vip" in halo("trace", "get", TRACE, *place).out
    if "--db" in place:  # which indexes before it searches
        assert "note         (the trace)       vip" in halo("trace", "search", "vip", *place).out


def test_what_cannot_be_noted_says_why(halo: Halo, place: tuple[str, ...]) -> None:
    nothing = halo("annotate", "trace", TRACE, *place)
    assert (nothing.code, nothing.out) == (2, "")
    assert "Nothing is to be changed" in nothing.err
    assert halo("annotate", "trace", "f" * 32, "--tag", "x", *place).code == 3
    assert halo("annotate", "span", TRACE, "f" * 16, "--tag", "x", *place).code == 3
    assert halo("annotate", "session", "nobody", "--tag", "x", *place).code == 3
    refused = halo("annotate", "trace", TRACE, "--tag", "x" * 60, *place)
    assert (refused.code, "at most 50" in refused.err) == (2, True)


def test_a_dry_run_of_prune_counts_what_is_annotated(halo: Halo, tmp_path: Path) -> None:
    path = tmp_path / "halo.db"
    put(path, run(1), run(2))
    halo("annotate", "trace", TRACE, "--tag", "x", "--db", str(path))
    prune = ("storage", "prune", "--older-than", "1s", "--db", str(path))
    assert halo(*prune, "--dry-run", "--json").document["annotated_traces"] == 1
    assert "1 annotated trace of them go" in halo(*prune, "--dry-run").out
    halo(*prune)
    with Store.open(path, mode="ro") as store:
        assert store.annotations.of_trace(TRACE) == {}
