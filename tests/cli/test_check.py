"""`halo check`: what is new fails, what was always so does not, and bad input writes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.cli.conftest import Ended

FIXTURES = Path(__file__).parents[1] / "fixtures" / "otlp" / "openllmetry-openai"
FEW = [str(FIXTURES / f"{number}.binpb") for number in (1, 2, 3)]
ALL = [str(FIXTURES / f"{number}.binpb") for number in range(1, 9)]
Halo = Callable[..., Ended]


@pytest.fixture
def baseline(halo: Halo, tmp_path: Path) -> Path:
    assert halo("check", "--baseline", "b.json", "--update", *FEW).code == 0
    return tmp_path / "b.json"


def test_the_recorded_run_passes_and_the_baseline_stays(halo: Halo, baseline: Path) -> None:
    before = baseline.read_bytes()
    ended = halo("check", "--baseline", "b.json", *FEW)
    assert ended.code == 0
    assert "Passed" in ended.out
    assert "has this run already" in halo("check", "--baseline", "b.json", "--update", *FEW).out
    assert baseline.read_bytes() == before


def test_a_new_cluster_fails_and_every_report_names_it(halo: Halo, baseline: Path, tmp_path: Path) -> None:
    ended = halo(
        *("check", "--baseline", "b.json", "--junit", "j.xml", "--sarif", "s.json"),
        *("--markdown", "m.md", "--snapshot", "t.halo", *ALL),
    )
    assert ended.code == 1
    assert "FAIL" in ended.out
    cases = ET.parse(tmp_path / "j.xml").findall(".//testcase")  # noqa: S314 - our own
    failed = [case for case in cases if case.find("failure") is not None]
    results = json.loads((tmp_path / "s.json").read_text())["runs"][0]["results"]
    assert failed
    assert len(cases) == len(results), "nothing is gone"
    assert sum(result["properties"]["isFailing"] for result in results) == len(failed)
    assert (tmp_path / "m.md").read_text(encoding="utf-8").startswith("### ❌")
    traces = halo("import", "--file", "t.halo", "--json").document["files"][0]["traces"]
    assert len(traces) == 9


def test_updating_accepts_what_is_new(halo: Halo, baseline: Path) -> None:
    ended = halo("check", "--baseline", "b.json", "--update", *ALL)
    assert (ended.code, ended.err) == (0, "")
    assert "2 runs" in ended.out
    assert halo("check", "--baseline", "b.json", *ALL).code == 0


def test_less_severe_clusters_fail_only_when_asked(halo: Halo, tmp_path: Path) -> None:
    assert halo("check", "--baseline", "b.json", "--update", FEW[0]).code == 0
    odd = FEW[1]
    found = halo("check", "--baseline", "b.json", "--fail-on", "high", odd)
    assert (found.code, "new" in found.out) == (0, True)
    assert halo("check", "--baseline", "b.json", "--fail-on", "low", odd).code == 1


@pytest.mark.parametrize("broken", ["", "{", '{"cats": 3}', "\x00\x01"])
def test_bad_input_is_named_and_writes_nothing(
    halo: Halo, baseline: Path, tmp_path: Path, broken: str
) -> None:
    (tmp_path / "bad.jsonl").write_text(broken)
    before = (sorted(tmp_path.iterdir()), baseline.read_bytes())
    ended = halo(
        *("check", "--baseline", "b.json", "--update", "--junit", "j.xml", "--sarif", "s.json"),
        *("--markdown", "m.md", "--snapshot", "t.halo", FEW[0], "bad.jsonl"),
    )
    assert ended.code == 2
    assert "bad.jsonl" in ended.err
    assert (sorted(tmp_path.iterdir()), baseline.read_bytes()) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--baseline", "none.json", FEW[0]], "--update"),
        (["--baseline", "b.json"], "FILE"),
        (["--baseline", "b.json", "missing.jsonl"], "missing.jsonl"),
        (["--baseline", "b.json", "--junit", "no/where.xml", FEW[0]], "no folder"),
        (["--baseline", "b.json", "--junit", "x", "--sarif", "x", FEW[0]], "same file"),
        (["--baseline", "b.json", "--junit", FEW[0], FEW[0]], "overwritten"),
        (["--baseline", FEW[0], FEW[0]], "no baseline"),
    ],
)
def test_wrong_use_exits_with_2(halo: Halo, baseline: Path, arguments: list[str], said: str) -> None:
    ended = halo("check", *arguments)
    assert ended.code == 2
    assert said in ended.err


def test_a_check_without_some_of_its_rules_is_refused(halo: Halo, baseline: Path, tmp_path: Path) -> None:
    (tmp_path / "halo_rules").mkdir()
    (tmp_path / "halo_rules" / "broken.py").write_text("import nowhere_to_be_found\n")
    ended = halo("check", "--baseline", "b.json", *FEW)
    assert ended.code == 2
    assert "broken.py" in ended.err


def test_rules_of_ones_own_take_part_and_one_that_never_ends_is_ended(
    halo_process: Halo, tmp_path: Path
) -> None:
    (tmp_path / "halo_rules").mkdir()
    own = tmp_path / "halo_rules" / "own.py"
    own.write_text(
        "from halo_dash.plugins import Evidence, Finding, rule\n"
        "@rule('own', title='It runs')\n"
        "def own(subject):\n"
        "    at = Evidence(subject.spans[0].span_id, 'structure', 'it runs')\n"
        "    yield Finding('own', 'high', 'It runs', 'It does.', (at,), 'none')\n"
    )
    ended = halo_process("check", "--baseline", "b.json", "--update", FEW[0])
    assert (ended.code, "It runs" in ended.out) == (0, True)
    before = (tmp_path / "b.json").read_bytes()
    own.write_text(own.read_text().replace("    at =", "    while True: pass\n    at ="))
    ended = halo_process("check", "--baseline", "b.json", "--update", FEW[1])
    assert (ended.code, "own.py" in ended.err) == (2, True)
    assert "still running after 10 s, at line" in ended.err
    assert (tmp_path / "b.json").read_bytes() == before
