"""How it is told what sets the runs of a cluster apart."""

from __future__ import annotations

from dataclasses import replace

from halo_dash.model.clusters import ClusterDetail, ClusterRow, Compared, TraitShare
from halo_dash.model.judged import ClusterIdentity
from halo_dash.web.clusters.traits import comparison_words, looked_at, trait_lines


def identity(title: str, *, subject: str = "get_weather", cause: str = "") -> ClusterIdentity:
    return ClusterIdentity("0123456789", "error-status", subject, cause, "", title)


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


def test_an_attribute_is_told_with_its_key_and_what_was_compared_is_named() -> None:
    one = detail([share("attr.app.tier", "free", 18, 4)], runs=900)
    (line,) = trait_lines(one)
    assert (line.before, line.value) == ("90 % of these have", "app.tier = free")
    both = replace(one.traits[0], alike=(("tool", "search"), ("attr.app.plan", "basic")))
    (line,) = trait_lines(replace(one, traits=(both,)))
    assert line.alike == "tool search, app.plan = basic"
    looked = looked_at(replace(one, compared=Compared(("agent", "name"), ("app.tier",), 300, 40)))
    assert (looked.fields, looked.attributes) == ("agent, step", ("app.tier",))
    assert looked.of == "of the root span and its resource, in 300 of 900 runs and 40 passing runs"
    assert looked_at(one).of == ""
