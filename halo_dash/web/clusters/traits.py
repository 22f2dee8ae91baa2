"""What sets the runs of a cluster apart from passing runs, in words; and why nothing is said."""

from __future__ import annotations

from dataclasses import dataclass

from halo_dash.detect.cohort import LEAST_REFERENCES, LEAST_RUNS
from halo_dash.model.clusters import ClusterDetail, TraitShare
from halo_dash.web import words

_STEPS = {"tool": "call", "name": "have a step"}
"""Fields whose values are steps of a run: having none of them is a way to fail."""


@dataclass(frozen=True, slots=True)
class TraitLine:
    """One value, as a sentence around it."""

    before: str
    value: str
    after: str
    with_it: int
    """Runs of the cluster that have it."""
    runs: int
    others_with: int
    others: int
    field: str
    lift: str
    chance: str


def trait_lines(detail: ClusterDetail) -> tuple[TraitLine, ...]:
    """The surest first."""
    steps = {(each.value, each.with_it, each.others_with) for each in detail.traits if each.field == "tool"}
    return tuple(_line(each) for each in detail.traits if not _repeats(each, steps))


def _repeats(trait: TraitShare, steps: set[tuple[str, int, int]]) -> bool:
    """Whether it is the span of a tool that is named already: `execute_tool search` of `search`."""
    return trait.field == "name" and any(
        value in trait.value and (trait.with_it, trait.others_with) == (with_it, others_with)
        for value, with_it, others_with in steps
    )


def comparison_words(detail: ClusterDetail) -> str:
    """With how many runs it was compared, or why nothing is said."""
    runs, references = detail.row.runs, detail.references
    compared = f"{words.plural(references, 'passing run')} of the same agents compared"
    if references < LEAST_REFERENCES:
        there = "there is" if references < 2 else "there are"
        have = "no passing run" if not references else f"only {words.plural(references, 'passing run')}"
        return (
            f"Nothing is said: {there} {have} of the same agents to compare with; "
            f"at least {LEAST_REFERENCES} are needed."
        )
    if runs < LEAST_RUNS:
        return f"Nothing is said of {words.plural(runs, 'run')}: at least {LEAST_RUNS} are needed."
    if not detail.traits:
        return f"{compared}. No value sets these runs apart by more than chance explains."
    return f"{compared}. Only what an exact test lets stand, corrected for all values that were looked at."


def _line(trait: TraitShare) -> TraitLine:
    mine, theirs = trait.with_it / trait.runs, trait.others_with / trait.others
    verb = _STEPS.get(trait.field)
    if verb is not None and mine < theirs:
        skip = "these skip it" if not trait.with_it else f"{words.percent(mine)} of these do"
        before, after = f"{words.percent(theirs)} of passing runs {verb}", skip
    else:
        verb = verb or f"have the {trait.field.replace('_', ' ')}"
        before, after = (
            f"{words.percent(mine)} of these {verb}",
            f"{words.percent(theirs)} of passing runs do",
        )
    return TraitLine(
        before=before,
        value=trait.value,
        after=after,
        with_it=trait.with_it,
        runs=trait.runs,
        others_with=trait.others_with,
        others=trait.others,
        field=trait.field,
        lift=_lift(trait),
        chance=_chance(trait.p_value),
    )


def _lift(trait: TraitShare) -> str:
    if trait.lift == float("inf"):
        return "only with it"
    if trait.lift == 0:
        return "only without it"
    if trait.lift >= 1:
        return f"{trait.lift:.1f} times as often with it"
    return f"{1 / trait.lift:.1f} times as often without it"


def _chance(p_value: float) -> str:
    return "p < 0.0001" if p_value < 0.0001 else f"p = {p_value:.2g}"
