"""The committed file: small, in one order, and refused with a reason where it was damaged."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halo_dash.check.baseline import Baseline, KnownCluster, KnownRule, RecordedRun, read, write
from halo_dash.check.comparing import record
from halo_dash.errors import InvalidInputError

sys.path.insert(0, str(Path(__file__).parent))
from samples import sample, seen

WORDS = st.text(st.characters(codec="utf-8"), max_size=20)


@st.composite
def baselines(draw) -> Baseline:
    runs = draw(st.lists(st.builds(RecordedRun, WORDS, st.integers(5, 99), st.integers(0, 5)), max_size=3))
    rules = draw(st.dictionaries(WORDS, st.builds(KnownRule, WORDS, st.integers(0, 3)), max_size=3))
    counts = st.tuples(*(st.integers(0, 5) for _run in runs))
    severity = st.sampled_from(["high", "medium", "low", "info"])
    cluster = st.builds(
        KnownCluster,
        st.from_regex("[0-9a-f]{10}", fullmatch=True),
        WORDS,
        WORDS,
        WORDS,
        WORDS,
        WORDS,
        severity,
        counts,
    )
    found = draw(st.lists(cluster, max_size=3, unique_by=lambda each: each.name))
    ordered = sorted(found, key=lambda each: (each.rule, each.subject, each.cause, each.template, each.name))
    return Baseline(tuple(runs), rules, tuple(ordered))


@settings(max_examples=40)
@given(baselines())
def test_what_is_written_is_read(baseline):
    assert read(write(baseline), "b.json") == baseline


@settings(max_examples=40)
@given(baselines(), st.randoms())
def test_the_file_depends_on_its_content_alone(baseline, rng):
    clusters, rules = list(baseline.clusters), list(baseline.rules.items())
    rng.shuffle(clusters)
    rng.shuffle(rules)
    assert write(Baseline(baseline.runs, dict(rules), tuple(clusters))) == write(baseline)


def test_a_cluster_is_a_line():
    baseline = record(Baseline(), sample(20, seen("a", 3), seen("b", 2)))
    lines = write(baseline).decode().splitlines()
    assert sum('"template"' in line for line in lines) == 2
    assert len(lines) == 16


GOOD = json.loads(write(record(Baseline(), sample(20, seen("a", 3)))))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": "x"}, "halo-baseline"),
        ({"version": 2}, "version 2"),
        ({"runs": None}, "runs"),
        ({"runs": [{"digest": "x", "traces": 0, "failed": 0}]}, "greater than or equal to 1"),
        ({"clusters": [{**GOOD["clusters"][0], "runs": [1, 2]}]}, "counts of 2 runs"),
        ({"clusters": [{**GOOD["clusters"][0], "runs": [21]}]}, "more traces than a run has"),
        ({"clusters": [{**GOOD["clusters"][0], "severity": "dire"}]}, "severity"),
        ({"surplus": 1}, "surplus"),
    ],
)
def test_a_damaged_file_is_refused_with_the_place(change, said):
    with pytest.raises(InvalidInputError, match=said):
        read(json.dumps({**GOOD, **change}).encode(), "b.json")


@settings(max_examples=40)
@given(st.binary(max_size=60))
def test_no_bytes_do_more_than_be_refused(data):
    with pytest.raises(InvalidInputError, match="no baseline that can be read"):
        read(data, "b.json")


@settings(max_examples=40)
@given(st.integers(0, 1200))
def test_half_a_file_is_refused(size):
    whole = write(record(Baseline(), sample(20, seen("a", 3))))
    if size < len(whole.rstrip()):
        with pytest.raises(InvalidInputError):
            read(whole[:size], "b.json")
