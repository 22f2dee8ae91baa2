"""What clusters are called, and how it is told what sets them apart."""

from __future__ import annotations

import pytest

from halo_dash.detect import RULES
from halo_dash.model.cluster_note import ClusterNote
from halo_dash.model.clusters import ClusterDetail, ClusterRow, TraitShare
from halo_dash.model.judged import ClusterIdentity, identity_of
from halo_dash.web.clusters.titles import title_of
from halo_dash.web.clusters.traits import comparison_words, trait_lines


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


def detail(traits: list[TraitShare], *, runs: int = 20, references: int = 40) -> ClusterDetail:
    row = ClusterRow(identity("x"), runs, runs, 0, 1, 2)
    return ClusterDetail(row, 100, {}, references, tuple(traits))


def share(field: str, value: str, with_it: int, others_with: int, lift: float = 2.0) -> TraitShare:
    return TraitShare(field, value, with_it, 20, others_with, 40, lift, 0.001)


def test_a_step_that_is_left_out_is_told_as_such() -> None:
    skipped, seldom, called, kept = trait_lines(
        detail(
            [
                share("tool", "search_orders", 0, 33, 0.0),
                share("name", "plan", 2, 36, 0.1),
                share("tool", "refund", 18, 4, 9.5),
                share("environment", "eu", 20, 0, float("inf")),
            ]
        )
    )
    told = [(each.before, each.value, each.after, each.lift) for each in (skipped, seldom, called, kept)]
    assert told == [
        ("82 % of passing runs call", "search_orders", "these skip it", "only without it"),
        ("90 % of passing runs have a step", "plan", "10 % of these do", "10 times as often without it"),
        ("90 % of these call", "refund", "10 % of passing runs do", "9.5 times as often with it"),
        ("100 % of these have the environment", "eu", "0 % of passing runs do", "only with it"),
    ]


def test_the_span_of_a_tool_says_no_more_than_the_tool() -> None:
    lines = trait_lines(
        detail(
            [
                share("name", "execute_tool refund", 18, 4),
                share("tool", "refund", 18, 4),
                share("name", "plan", 18, 4),
            ]
        )
    )
    assert [each.value for each in lines] == ["refund", "plan"]


def test_it_is_said_with_how_many_runs_it_was_compared_or_why_nothing_is_said() -> None:
    assert "there is no passing run" in comparison_words(detail([], references=0))
    assert "there are only 2 passing runs" in comparison_words(detail([], references=2))
    assert "at least 5 are needed" in comparison_words(detail([], runs=4))
    assert comparison_words(detail([])).startswith("40 passing runs of the same agents compared. No value")
    assert "an exact test" in comparison_words(detail([share("tool", "refund", 18, 4)]))
