"""What rules say of real runs, recorded from every client in its own dialect."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import pytest
from agent_run import subjects_of

from halo_dash.detect import RULES, judge
from halo_dash.model.subject import Subject

sys.path.insert(0, str(Path(__file__).parents[1] / "semconv"))
from recorded import CLIENTS, RECORDED, recorded

QUESTIONS = {
    each["question"]: name
    for name, each in json.loads((RECORDED / "scenarios.json").read_text(encoding="utf-8"))[
        "scenarios"
    ].items()
    if name != "stream"
}

# What is not recorded cannot be judged: Google's automatic function calling leaves one call of the model and
# no result of a tool.
NOT_RECORDED = {"openinference-google-genai"}


def scenario(subject: Subject) -> str | None:
    said = f"{subject.question} {subject.summary.input_preview or ''}"
    return next((name for question, name in QUESTIONS.items() if question in said), None)


def judged(client: str) -> dict[str, list[set[str]]]:
    found: dict[str, list[set[str]]] = {}
    for subject in subjects_of(*recorded(client)).values():
        verdict = judge(subject, RULES)
        assert not verdict.errors
        name = scenario(subject)
        if name is not None and (subject.calls or subject.summary.is_error):
            found.setdefault(name, []).append({each.rule for each in verdict.verdict.findings})
    return found


@pytest.mark.parametrize("client", CLIENTS)
def test_a_clean_run_has_no_finding(client):
    for rules in judged(client).get("clean", []):
        assert rules == set()


EXPECTED = {
    "raises": {"error-status", "error-result"},
    "badargs": {"malformed-arguments", "error-status", "error-result"},
    "empty": {"retry-loop"},
    "llm_error": {"error-status"},
}


@pytest.mark.parametrize("client", [name for name in CLIENTS if name not in NOT_RECORDED])
@pytest.mark.parametrize("name", EXPECTED)
def test_a_planted_failure_is_found_in_every_dialect(client, name):
    for rules in judged(client).get(name, []):
        assert rules & EXPECTED[name], rules


def test_every_planted_failure_was_there_to_be_found():
    seen = Counter(name for client in CLIENTS for name, runs in judged(client).items() for _ in runs)
    assert all(seen[name] >= 20 for name in ("clean", *EXPECTED))


def test_what_is_quoted_stands_in_the_span():
    for client in CLIENTS:
        for subject in subjects_of(*recorded(client)).values():
            for found in judge(subject, RULES).verdict.findings:
                assert found.evidence
                assert all(each.span_id in subject.by_id for each in found.evidence)
