"""The reports hold for whatever traces say, and have what their readers require."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halo_dash.check.baseline import Baseline
from halo_dash.check.comparing import Comparison, compare, record
from halo_dash.check.junit import junit
from halo_dash.check.markdown import markdown
from halo_dash.check.sarif import sarif
from halo_dash.detect import RULES

sys.path.insert(0, str(Path(__file__).parent))
from samples import sample, seen

HOSTILE = "\x00</failure>]]>|`@everyone` \ud800\u202e<script>&"


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    before = record(Baseline(), sample(20, seen("gone", 15), seen("same", 5)))
    odd = seen(HOSTILE, 16, run="b")
    assert odd.example is not None
    odd = replace(odd, example=replace(odd.example, title=HOSTILE, quote=HOSTILE, file="runs/ä b#1.jsonl"))
    new_rule = seen("other", 9, rule="cycle", severity="low")
    return compare(before, sample(20, odd, seen("same", 5, run="b"), new_rule, run="b"))


def test_junit_has_a_test_case_for_each_cluster(comparison):
    root = ET.fromstring(junit(comparison))  # noqa: S314 - our own
    cases = root.findall("./testsuite/testcase")
    assert root.tag == "testsuites"
    assert [root.attrib[name] for name in ("tests", "failures", "errors", "skipped")] == ["4", "1", "0", "1"]
    assert len({(case.attrib["classname"], case.attrib["name"]) for case in cases}) == 4
    (failure,) = root.findall("./testsuite/testcase/failure")
    assert failure.attrib["type"] == "new"
    assert "</failure>]]>" in (failure.text or "")
    assert len(root.findall("./testsuite/testcase/skipped")) == 1


def test_junit_without_clusters_is_no_empty_report():
    root = ET.fromstring(junit(compare(Baseline(), sample(3))))  # noqa: S314 - our own
    assert [case.attrib["name"] for case in root.iter("testcase")] == ["no failure cluster"]


@settings(max_examples=40)
@given(st.text())
def test_junit_is_xml_whatever_a_trace_says(text):
    found = junit(compare(Baseline(), sample(3, seen(text, 1))))
    ET.fromstring(found)  # noqa: S314 - our own


def test_sarif_has_what_its_schema_requires(comparison):
    """Required by the schema of SARIF 2.1.0, and of what is uploaded to code scanning."""
    document = json.loads(sarif(comparison, RULES))
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"]
    assert all(rule["id"] and rule["shortDescription"]["text"] for rule in driver["rules"])
    assert len({rule["id"] for rule in driver["rules"]}) == len(driver["rules"])
    assert all(each["executionSuccessful"] is True for each in run["invocations"])
    assert len(run["results"]) == 3, "what is gone is no result"
    for result in run["results"]:
        assert result["message"]["text"]
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"none", "note", "warning", "error"}
        assert result["baselineState"] in {"new", "unchanged", "updated"}
        assert result["partialFingerprints"]["haloCluster/v1"]
        for location in result["locations"]:
            assert location["physicalLocation"]["region"]["startLine"] == 1
    states = [result["baselineState"] for result in run["results"]]
    assert sorted(states) == ["new", "new", "unchanged"]
    failing = next(each for each in run["results"] if each["properties"]["isFailing"])
    assert failing["level"] == "error"
    address = failing["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert address == "runs/%C3%A4%20b%231.jsonl"


def test_markdown_keeps_what_traces_say_out_of_its_markup(comparison):
    text = markdown(comparison)
    assert text.startswith("### ❌ halo check")
    table = [line for line in text.splitlines() if line.startswith("| new |")]
    assert len(table) == 1
    for line in text.splitlines():
        outside = "".join(line.split("`")[::2])
        assert "@everyone" not in outside
        assert "<script>" not in outside
    assert "Gone: 1" in text


def test_reports_do_not_change_while_nothing_does(comparison):
    assert junit(comparison) == junit(comparison)
    assert sarif(comparison, RULES) == sarif(comparison, RULES)
    assert markdown(comparison) == markdown(comparison)
