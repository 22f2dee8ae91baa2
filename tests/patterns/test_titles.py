"""What clusters are called."""

from __future__ import annotations

import pytest

from halo_dash.detect import RULES
from halo_dash.model.cluster_note import ClusterNote
from halo_dash.model.judged import ClusterIdentity, identity_of
from halo_dash.patterns.titles import title_of


def identity(
    title: str, *, subject: str = "get_weather", cause: str = "", template: str = "", name: str = "0123456789"
) -> ClusterIdentity:
    return ClusterIdentity(name, "error-status", subject, cause, template, title)


@pytest.mark.parametrize(
    ("title", "template", "wanted"),
    [
        ("web_search found nothing", "", "web_search found nothing"),
        (
            "search was called 4 times with the same query",
            "",
            "search was called … times with the same query",
        ),
        (
            "get_weather failed: Down: no answer in 10s for city=Oslo",
            "Down: no answer in <n> for city=<value>",
            "get_weather failed: Down: no answer in … for city=…",
        ),
        (
            "get_weather failed: no such city as Oslo today",
            "no such city as <*> today",
            "get_weather failed: no such city as … today",
        ),
        (
            "chat failed: Error code: 400 - {'error': {'message': 'x', 'type': 'y'}}",
            "",
            "chat failed: Error code: …",
        ),
        ("12345678 9", "", "12345678 9"),
    ],
)
def test_what_differs_from_run_to_run_is_left_open(title: str, template: str, wanted: str) -> None:
    assert title_of(identity(title, template=template)).removesuffix("}}") == wanted


def test_a_model_whose_name_has_digits_is_named_where_it_is_known() -> None:
    one = identity("gpt-4o refused", subject="<id>")
    assert title_of(one, known=["gpt-4o", "small"]) == "gpt-4o refused"
    assert title_of(one, known=["gpt-4o", "gpt-5"]) == "gpt-4o or gpt-5 refused"
    assert title_of(one) == "… refused"


def test_a_group_is_called_by_what_its_clusters_have_in_common() -> None:
    both = [identity("get_weather failed: a"), identity("get_weather failed: b")]
    group = ClusterIdentity("error-status:timeout", "error-status", "get_weather", "timeout", "", "")
    assert title_of(group, both) == "get_weather failed: timed out"
    apart = [*both, identity("search failed: c", subject="search")]
    assert (
        title_of(group, apart, rules={"error-status": "A span failed"}) == "get_weather and search: timed out"
    )
    assert title_of(group) == "get_weather: timed out"
    assert title_of(group, both, note=ClusterNote(group.name, title="Backend")) == "Backend"


@pytest.mark.parametrize(
    ("rule", "cause", "titles", "wanted"),
    [
        (
            "duplicate-call",
            "",
            {"web_search": "web_search was called twice with the same arguments"}
            | {name: f"{name} was called twice with the same arguments" for name in ("grep", "refund", "ls")},
            "web_search, grep and 2 others: called twice with the same arguments",
        ),
        (
            "retry-loop",
            "nothing found",
            {
                "search_orders": "search_orders was called 3 times with the same arguments",
                "grep": "grep again",
            },
            "search_orders and grep: answers nothing, query repeated",
        ),
        (
            "retry-loop",
            "nothing found",
            {"search_orders": "search_orders was called 3 times with the same arguments"},
            "search_orders was called … times with the same arguments: answers nothing",
        ),
        (
            "outlier",
            "",
            {"gpt-4o": "gpt-4o used 12,000 tokens, usually 2,000 tokens", "plan": "plan took 3 s"},
            "gpt-4o and plan: far slower or dearer than usual",
        ),
        (
            "unrecovered-tool",
            "",
            {
                name: f"The run gave up after {name} failed"
                for name in ("jira", "lookup", "grep", "order book", "order list")
            },
            "jira, lookup and 3 others: failed, and the run gave up",
        ),
        (
            "unrecovered-tool",
            "timeout",
            {name: f"The run gave up after {name} failed" for name in ("order book", "order list")},
            "order book and order list: failed, and the run gave up (timed out)",
        ),
        ("too-polite", "", {"a": "Says sorry", "b": "Sorry again"}, "a and b: the answer apologises"),
        ("refusal", "", {"": "No words", "<id>": "Nothing"}, "Refused to answer"),
    ],
)
def test_a_group_says_what_it_is_about_and_what_went_wrong(
    rule: str, cause: str, titles: dict[str, str], wanted: str
) -> None:
    members = [ClusterIdentity(name, rule, name, cause, "", title) for name, title in titles.items()]
    whole = identity_of(f"{rule}:{cause.replace(' ', '-')}" if cause else rule, members)
    title = title_of(whole, members, rules={rule: "The answer apologises"})
    assert title == wanted


def test_a_title_of_little_more_than_numbers_is_told_in_words() -> None:
    one = ClusterIdentity(
        "0123456789", "outlier", "gpt-4o", "", "", "gpt-4o used 12,000 tokens, usually 2,000"
    )
    assert title_of(one) == "gpt-4o: far slower or dearer than usual"


def test_the_name_of_a_model_stands_in_a_title_though_it_has_digits() -> None:
    assert title_of(identity("claude-sonnet-4-5 failed: no", subject="claude-sonnet-4-5")) == (
        "claude-sonnet-4-5 failed: no"
    )


def test_every_rule_of_halo_has_words_for_what_went_wrong() -> None:
    for rule in RULES:
        group = ClusterIdentity(rule.name, rule.name, "get_weather", "", "", "")
        said = title_of(group, rules={rule.name: rule.title})
        assert said.startswith("get_weather: ")
        assert rule.title not in said
