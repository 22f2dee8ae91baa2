"""Wordings: what differs between two occurrences is masked, what is another failure is not."""

from __future__ import annotations

import pytest

from halo_dash.detect.signature import signature
from halo_dash.detect.templates import Templates, masked
from halo_dash.model.finding import Evidence, Finding


@pytest.mark.parametrize(
    ("text", "template"),
    [
        ("timed out after 10s", "timed out after <n>"),
        ("timed out after 10 s for city=Reykjavík", "timed out after <n> for city=<value>"),
        ("Error: not enough seats on flight HAT229", "Error: not enough seats on flight <id>"),
        ("total price is 305, but paid 255.50", "total price is <n>, but paid <n>"),
        ("GET https://api.example.org/v1?q=2 failed", "GET <url> failed"),
        ("no user 018f6a2e-7c1b-7e2a-9d3f-0123456789ab", "no user <id>"),
        ("cannot open /data/ada/x.txt", "cannot open <path>"),
        ("Unknown city 'Oslo'", "Unknown city <value>"),
        ('Unknown city "Oslo"', "Unknown city <value>"),
        ("don't know and can't say", "don't know and can't say"),
        ("since 2031-05-06T07:08:09Z", "since <time>"),
        ("mail to ada@analytical.org", "mail to <email>"),
        ("several\n  lines", "several lines"),
    ],
)
def test_what_tells_occurrences_apart_is_masked(text, template):
    assert masked(text) == template


def test_masking_twice_changes_nothing():
    for text in ("timed out after 10s for city=Oslo", "Unknown city 'Oslo' at /a/b/c in 12 ms"):
        assert masked(masked(text)) == masked(text)


def test_near_equal_wordings_are_one():
    templates = Templates()
    first = templates.place("the order of Ada was not found in the shop")
    assert templates.place("the order of Bob was not found in the shop") == first
    assert templates.wording(first) == "the order of <*> was not found in the shop"
    assert templates.place("the order of Ada was not found in the shop") == first


def test_other_wordings_are_others():
    templates = Templates()
    first = templates.place("connection reset by peer")
    assert templates.place("payment method was declined") != first
    assert templates.place("connection reset by peer while reading the answer") != first


def found(subject: str, detail: str, cause: str | None = None) -> Finding:
    return Finding(
        "error-result",
        "high",
        "t",
        "e",
        (Evidence("a", "output", "q"),),
        "none",
        subject,
        detail=detail,
        cause=cause,
    )


def test_the_same_failure_of_two_runs_has_one_signature():
    one = signature(found("get_weather", "timed out after 10s for city=Oslo", "timeout"))
    assert one == signature(found("get_weather", "timed out after 30s for city=Bergen", "timeout"))
    assert one != signature(found("get_news", "timed out after 10s for city=Oslo", "timeout"))
    assert one.family == ("error-result", "get_weather", "timeout")


@pytest.mark.parametrize(
    ("subject", "kept"),
    [
        ("gpt-4o-mini", "gpt-4o-mini"),
        ("claude-sonnet-4-5", "claude-sonnet-4-5"),
        ("search_v2", "search_v2"),
        ("tool_018f6a2e-7c1b-7e2a-9d3f-0123456789ab", "tool_<id>"),
        ("job-20310506070809", "job-<id>"),
        ("GET /users/4711", "GET <path>"),
    ],
)
def test_models_and_tools_keep_their_names(subject, kept):
    assert signature(found(subject, "x")).subject == kept
