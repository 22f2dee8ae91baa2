"""What the life, the share and the impact of an insight are in plain words."""

from __future__ import annotations

from halo_dash.model.insight import Impact, Life, Share
from halo_dash.web import words


def share_words(share: Share) -> str:
    """`12 of 20 runs`."""
    return f"{share.hits:,} of {words.plural(share.base, 'run')}"


def interval_words(share: Share) -> str:
    """`39 to 78 %`: the 95 % interval of the share."""
    low, high = share.interval
    return f"{low * 100:.0f} to {high * 100:.0f} %"


def impact_words(impact: Impact) -> str:
    """The formula with its numbers: share, weight of the severity, and the part that was in vain."""
    return (
        f"{impact.value:.2f} = {words.percent(impact.share)} of the runs \N{MULTIPLICATION SIGN} "
        f"{impact.weight:g} ({impact.severity}) \N{MULTIPLICATION SIGN} "
        f"(1 + {words.percent(impact.waste_share)} of their {impact.waste_of} in vain)"
    )


def life_words(life: Life) -> str:
    """How its life stands and what it would take to end it."""
    if life.state == "fixed":
        return _fixed_words(life)
    if not life.clean_runs:
        return "The newest run has it." + (
            f" It counts as fixed after {words.plural(life.runs_to_fixed, 'run')} without it."
            if life.runs_to_fixed
            else ""
        )
    since = f"{words.plural(life.clean_runs, 'run')} since the last one that has it"
    if life.runs_to_fixed is None:
        return f"{since}; too few have it to say when it is fixed."
    return f"{since}; it counts as fixed after {words.plural(life.runs_to_fixed, 'more', 'more')}."


def _fixed_words(life: Life) -> str:
    runs = words.plural(life.clean_runs, "run")
    if life.is_said:
        return f"Somebody said so; {runs} since, and none has it."
    return (
        f"{runs} since the last one that has it. At the rate before, chance gives so many in "
        f"{words.percent(life.chance)} of cases."
    )
