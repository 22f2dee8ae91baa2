"""What sets the runs of a cluster apart from passing runs, in words; and why nothing is said."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from halo_dash.detect.cohort import LEAST_REFERENCES, LEAST_RUNS
from halo_dash.model.clusters import ClusterDetail, TraitShare
from halo_dash.model.filter_fields import ATTRIBUTE
from halo_dash.web import words

_VERBS = {
    "tool": "call",
    "name": "have a step",
    "kind": "have a step of the kind",
    "model": "call the model",
    "agent": "have the agent",
}
_STEPS = frozenset({"tool", "name"})
"""Fields whose values are steps of a run: having none of them is a way to fail."""


_ALIKE = 5
"""Values that exactly the same runs have which are named."""
_FIELD_WORDS = {"name": "step", "kind": "kind of step", "source": "how it came here"}


@dataclass(frozen=True, slots=True)
class LookedAt:
    """What was compared."""

    fields: str
    """Filters, in words."""
    attributes: tuple[str, ...]
    of: str
    """What the attributes are of, and in how many runs; empty where none was compared."""


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
    alike: str
    """What else exactly these runs have, in words; empty where that is nothing."""


def trait_lines(detail: ClusterDetail) -> tuple[TraitLine, ...]:
    """The surest first."""
    tools = {(each.value, _is_more(each)) for each in detail.traits if each.field == "tool"}
    return tuple(_line(each) for each in detail.traits if not _repeats(each, tools))


def _is_more(trait: TraitShare) -> bool:
    return trait.with_it * trait.others > trait.others_with * trait.runs


def _repeats(trait: TraitShare, tools: Collection[tuple[str, bool]]) -> bool:
    """Whether it is the span of a tool that is named already: `execute_tool search` of `search`."""
    return trait.field == "name" and any(
        tool in trait.value and is_more == _is_more(trait) for tool, is_more in tools
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


def looked_at(detail: ClusterDetail) -> LookedAt:
    """What the comparison was about, for who wonders whether a cause is missing."""
    compared, row = detail.compared, detail.row
    keys = compared.attributes
    read = ""
    if keys:
        runs = words.plural(compared.runs, "run")
        of_runs = (
            runs if compared.runs == row.runs else f"{compared.runs:,} of {words.plural(row.runs, 'run')}"
        )
        passing = words.plural(compared.references, "passing run")
        of_passing = (
            passing
            if compared.references == detail.references
            else f"{compared.references:,} of {words.plural(detail.references, 'passing run')}"
        )
        read = f"of the root span and its resource, in {of_runs} and {of_passing}"
    return LookedAt(
        ", ".join(_FIELD_WORDS.get(name, name) for name in compared.fields),
        keys,
        read,
    )


def _line(trait: TraitShare) -> TraitLine:
    mine, theirs = trait.with_it / trait.runs, trait.others_with / trait.others
    verb = _VERBS.get(trait.field) or f"have the {trait.field.replace('_', ' ')}"
    value = trait.value
    if trait.field.startswith(ATTRIBUTE):
        verb, value = "have", f"{trait.field.removeprefix(ATTRIBUTE)} = {value}"
    if _is_more(trait):
        before, after = (
            f"{words.percent(mine)} of these {verb}",
            f"{words.percent(theirs)} of passing runs do",
        )
    else:
        is_skipped = trait.field in _STEPS and not trait.with_it
        before = f"{words.percent(theirs)} of passing runs {verb}"
        after = "these skip it" if is_skipped else f"{words.percent(mine)} of these do"
    return TraitLine(
        before=before,
        value=value,
        after=after,
        with_it=trait.with_it,
        runs=trait.runs,
        others_with=trait.others_with,
        others=trait.others,
        field=trait.field,
        lift=_lift(trait),
        chance=_chance(trait.p_value),
        alike=_alike(trait),
    )


def _alike(trait: TraitShare) -> str:
    told = [
        f"{field.removeprefix(ATTRIBUTE)} = {value}"
        if field.startswith(ATTRIBUTE)
        else f"{_FIELD_WORDS.get(field, field)} {value}"
        for field, value in trait.alike[:_ALIKE]
    ]
    more = len(trait.alike) - _ALIKE
    return ", ".join([*told, f"{more} more"] if more > 0 else told)


def _lift(trait: TraitShare) -> str:
    if trait.lift == float("inf"):
        return "only with it"
    if trait.lift == 0:
        return "only without it"
    times, side = (trait.lift, "with") if trait.lift >= 1 else (1 / trait.lift, "without")
    return f"{times:.{0 if times >= 10 else 1}f} times as often {side} it"


def _chance(p_value: float) -> str:
    return "p < 0.0001" if p_value < 0.0001 else f"p = {p_value:.2g}"
