"""What a comparison says, in the words that all its reports use."""

from __future__ import annotations

from halo_dash.check.comparing import Change, Comparison, State, counted
from halo_dash.check.together import TOGETHER
from halo_dash.check.variation import FEWEST, Share

STATE_WORDS: dict[State, str] = {
    "new": "new",
    "grown": "grown",
    "rare": "new, but rare",
    "unmeasured": "not measured before",
    "same": "as before",
    "gone": "gone",
    "absent": "not seen this time",
}

_REASONS: dict[State, str] = {
    "new": "No recorded run has it (by chance: {chance}).",
    "rare": "No recorded run has it, but that may be chance ({chance}); --fail-on-any-new fails for it.",
    "grown": "More often than the recorded runs allow for (by chance: {chance}).",
    "unmeasured": "The recorded runs were judged without this rule, or by another version of it.",
    "same": "Within what the recorded runs show (by chance: {chance}).",
    "gone": "The recorded runs have it, and this one does not (by chance: {chance}).",
    "absent": "Not in this run, which may be chance ({chance}).",
}


_TOGETHER: dict[State, str] = {
    "new": "Each may be chance, but so many that no recorded run has are not (by chance: {chance}).",
    "grown": "More runs failed than the recorded runs allow for (by chance: {chance}).",
}


def share_words(share: Share) -> str:
    """`3 of 20`."""
    return f"{share[0]:,} of {share[1]:,}"


def recorded_words(change: Change) -> str:
    """How often the recorded runs have it."""
    if not change.recorded:
        return "no recorded run was judged by this rule"
    if len(change.recorded) == 1:
        return share_words(change.recorded[0])
    hits, total = (sum(each[at] for each in change.recorded) for at in (0, 1))
    shares = [100 * hits / traces for hits, traces in change.recorded]
    return f"{share_words((hits, total))} in {len(shares)} runs ({min(shares):.0f} to {max(shares):.0f} %)"


def reason(change: Change) -> str:
    """Why it has its state, as one sentence."""
    if change.rule == TOGETHER:
        return _TOGETHER[change.state].format(chance=f"{change.chance:.2g}")
    known = sum(traces for _hits, traces in change.recorded)
    if change.state == "new" and known < FEWEST:
        return f"No recorded run has it, and {_plural(known, 'recorded trace')} cannot tell what is chance."
    return _REASONS[change.state].format(chance=f"{change.chance:.2g}" if change.chance is not None else "")


def verdict(comparison: Comparison) -> str:
    """The whole answer in one sentence. It passes without a reserve only where nothing is left to look at."""
    least = f"of severity {comparison.fail_on} or worse"
    alone = [each for each in comparison.failing if each.rule != TOGETHER]
    counts = counted(alone)
    said = " and ".join(f"{counts[state]} {state}" for state in ("new", "grown") if counts[state])
    parts = [f"{said} failure {'clusters' if len(alone) > 1 else 'cluster'} {least}"] if alone else []
    for each in comparison.failing:
        if each.rule == TOGETHER:
            title = each.title[0].lower() + each.title[1:]
            parts.append(f"{title} in {share_words(each.now)} traces, before {recorded_words(each)}")
    if parts:
        return f"Failed: {'; '.join(parts)}."
    if comparison.undecided:
        many = _plural(len(comparison.undecided), "new failure")
        traces = frozenset[str]().union(*(each.traces for each in comparison.undecided))
        where = _plural(len(traces), "trace")
        return f"Passed, but with {many} {least}, in {where}, that may or may not be chance: look at them."
    return f"Passed: no new or grown failure cluster {least}."


def scene(comparison: Comparison) -> str:
    """What was compared with what."""
    sample, runs = comparison.sample, comparison.baseline.runs
    traces = sum(run.traces for run in runs)
    return (
        f"{_plural(len(sample.traces), 'trace')} in {_plural(sample.files, 'file')}, "
        f"{sample.failed:,} failed in effect; the baseline has {_plural(len(runs), 'run')} "
        f"with {_plural(traces, 'trace')}."
    )


def detail(change: Change) -> str:
    """Cause and wording of the error; empty where the title says it all."""
    return ": ".join(part for part in (change.cause, change.template) if part)


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
