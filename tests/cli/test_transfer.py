"""`halo export` and `halo import`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .conftest import Ended

FIXTURES = Path(__file__).parents[1] / "fixtures" / "otlp"


def test_a_snapshot_comes_back_the_same(
    halo: Callable[..., Ended], filled_store: Path, tmp_path: Path
) -> None:
    db, new = ("--db", str(filled_store)), ("--db", str(tmp_path / "new.db"))
    page = halo("trace", "list", "--limit", "3", "--json", *db).document
    ids = [item["trace_id"] for item in page["items"]]
    assert halo("export", "--trace-id", *ids, "--output", "one.json", *db).code == 0
    first = halo("import", "--file", "one.json", "--json", *new).document["files"][0]
    assert sorted(first["traces"]) == sorted(ids)
    assert first["inserted"] == first["spans"] > 0
    again = halo("import", "--file", "one.json", "--json", *new).document["files"][0]
    assert (again["inserted"], again["duplicates"]) == (0, first["spans"])
    made = halo("export", *ids, "--output", "two.json", "--json", *new).document
    assert made["traces"] == 3
    copies = (("a.json", db), ("b.json", new))
    hashes = {halo("export", *ids, "-o", name, "--json", *at).document["content_hash"] for name, at in copies}
    assert len(hashes) == 1
    assert "already there" in halo("import", "--file", "one.json", *new).out


def test_filters_choose_what_to_export(
    halo: Callable[..., Ended], filled_store: Path, tmp_path: Path
) -> None:
    db = ("--db", str(filled_store))
    failed = halo("trace", "list", "--status", "error", "--json", *db).document["total"]
    assert (
        halo("export", "--status", "error", "--output", "f.json", "--json", *db).document["traces"] == failed
    )
    whole = halo("export", "--range", "all", "--output", "all.json", "--json", *db).document
    assert whole["traces"] == 200
    nothing = halo("export", "--name", "no such name", "--output", "none.json", *db)
    assert nothing.code == 3
    assert not (tmp_path / "none.json").exists()


def test_exports_that_select_nothing_or_twice_are_wrong_usage(
    halo: Callable[..., Ended], filled_store: Path
) -> None:
    db = ("--db", str(filled_store))
    assert halo("export", "--output", "x.json", *db).code == 2
    assert halo("export", "--trace-id", "a" * 32, "--status", "error", "--output", "x.json", *db).code == 2
    assert halo("export", "--trace-id", "a" * 32, "--output", "x.json", *db).code == 3
    assert halo("import").code == 2


def test_several_files_of_several_kinds(halo: Callable[..., Ended]) -> None:
    lines = sorted((FIXTURES / "halo-jsonl").glob("*.jsonl"))
    reports = halo("import", "--file", *map(str, lines), "--json").document["files"]
    assert [Path(report["name"]).name for report in reports] == [path.name for path in lines]
    assert all(report["inserted"] for report in reports)


def test_a_foreign_file_leaves_the_store_as_it_was(halo: Callable[..., Ended], tmp_path: Path) -> None:
    line = next((FIXTURES / "halo-jsonl").glob("*.jsonl"))
    store = tmp_path / "kept.db"
    assert halo("import", "--file", str(line), "--db", str(store)).code == 0
    before = halo("trace", "list", "--json", "--db", str(store)).out
    (tmp_path / "foreign.json").write_text('{"cats": 3}')
    ended = halo("import", "--file", "foreign.json", "--db", str(store))
    assert ended.code == 2
    assert "cats" in ended.err
    assert halo("import", "--file", "missing.json", "--db", str(store)).code == 3
    assert halo("trace", "list", "--json", "--db", str(store)).out == before


def test_a_snapshot_goes_to_stdout_alone(
    halo: Callable[..., Ended], filled_store: Path, tmp_path: Path
) -> None:
    db = ("--db", str(filled_store))
    trace_id = halo("trace", "list", "--limit", "1", "--json", *db).document["items"][0]["trace_id"]
    assert halo("export", trace_id, "--output", "one.json", *db).code == 0
    assert halo("export", trace_id, "--output", "-", *db).out == (tmp_path / "one.json").read_text("utf-8")
    assert not (tmp_path / "-").exists()


def test_what_was_imported_before_a_file_is_refused_is_told(
    halo: Callable[..., Ended], tmp_path: Path
) -> None:
    (tmp_path / "bad.jsonl").write_text("{", encoding="utf-8")
    good = str(FIXTURES / "halo-jsonl" / "chat.jsonl")
    ended = halo("import", "--file", good, "bad.jsonl", "--db", "new.db")
    assert ended.code == 2
    assert "77 spans" in ended.out
