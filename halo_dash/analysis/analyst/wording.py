"""What the built-in analyst writes. Words of traces are escaped: nothing in them takes effect."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from halo_dash.analysis.analyst.drafts import Draft
from halo_dash.analysis.report.marks import escaped
from halo_dash.analysis.report.plain import one_line
from halo_dash.detect.secrets import masked, sightings
from halo_dash.model.clusters import ClusterDetail, ClusterPage, TraitShare
from halo_dash.model.finding import Waste
from halo_dash.model.insight import Life, Share

_TITLE = 140
_TRAITS = 2
_WORDINGS = 5


def plural(count: int, one: str, many: str = "") -> str:
    """`1 run`, `2,000 runs`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def percent(share: Share) -> str:
    """`9 %`, `0.4 %`."""
    value = share.value * 100
    return f"{value:.0f} %" if value >= 1 or not value else f"{value:.1g} %"


def title_of(draft: Draft) -> str:
    """One line that is not too long."""
    text = one_line(discreet(draft.title))
    return text if len(text) <= _TITLE else text[: _TITLE - 1].rstrip() + "…"


def discreet(text: str) -> str:
    """Without the secrets that an error or a name may hold: a report is made to be sent."""
    found = [each for each in sightings(text) if each.sort == "secret"]
    for each in sorted(found, key=lambda each: -each.start):
        text = text[: each.start] + masked(text[each.start : each.end]) + text[each.end :]
    return text


def explanation_of(draft: Draft, example: str, detail: ClusterDetail | None) -> str:
    """What happens, to whom, since when, and what else is wrong in the same runs."""
    sentences = [
        _said(example),
        _who(draft),
        _ended(draft),
        _life(draft.life),
        _waste(draft.waste),
    ]
    if detail is not None:
        sentences += [_trait(each) for each in _telling(detail.traits, draft.subject)[:_TRAITS]]
    text = " ".join(filter(None, sentences))
    if len(draft.rows) > 1:
        text += "\n\nIn these words:\n\n" + "\n".join(
            f"- {escaped(one_line(discreet(title)))} ({plural(row.runs, 'run')})"
            for title, row in list(zip(draft.wordings, draft.rows, strict=True))[:_WORDINGS]
        )
        more = len(draft.rows) - _WORDINGS
        text += f"\n- and {more:,} more" if more > 0 else ""
    beside = "\n".join(
        f"- {escaped(title_of(each))}: {plural(each.share.hits, 'run')}" for each in draft.beside
    )
    return f"{text}\n\nIn much the same runs:\n\n{beside}" if beside else text


def _said(example: str) -> str:
    """What a finding of one run says, without how that run went on: other runs went on otherwise."""
    words = escaped(one_line(discreet(example.partition("; the run ")[0])))
    return words if words.endswith((".", "!", "?", "…")) or not words else f"{words}."


def _telling(traits: Sequence[TraitShare], subject: str) -> list[TraitShare]:
    """Those that say more than that a run which fails in a step has this step; each step once."""
    found: list[TraitShare] = []
    for each in sorted(traits, key=lambda each: each.field == "name"):  # a tool rather than its span
        is_known = any(each.value in other.value or other.value in each.value for other in found)
        if not is_known and not (subject and subject in each.value):
            found.append(each)
    return found


def _who(draft: Draft) -> str:
    share, own = draft.share, draft.agent_share
    text = f"{share.hits:,} of {plural(share.base, 'judged run')} ({percent(share)}) show it"
    if draft.agents and own.base != share.base:
        names = ", ".join(escaped(one_line(each)) for each in draft.agents[:3])
        more = f" and {len(draft.agents) - 3} more" if len(draft.agents) > 3 else ""
        text += f", {percent(own)} of the runs of {names}{more}"
    return f"{text}."


def _ended(draft: Draft) -> str:
    """Of its clusters where there is one: of several, runs would be counted twice."""
    if len(draft.rows) != 1:
        return ""
    row = draft.rows[0]
    parts = [f"{row.failed:,} ended in it"] if row.failed else []
    parts += [f"{row.recovered:,} went on in spite of it"] if row.recovered else []
    return f"Of these {' and '.join(parts)}." if parts else ""


def _life(life: Life | None) -> str:
    if life is None:
        return ""
    since = f" with version {escaped(one_line(life.version))}" if life.version else ""
    if life.state == "new":
        return f"It is new: it began{since}." if since else "It is new."
    return f"It came back{since} after it was fixed." if life.state == "regressed" else ""


def _waste(waste: Waste) -> str:
    parts = [f"{waste.tokens:,} tokens"] if waste.tokens else []
    parts += [f"${waste.cost_usd:,.2f}"] if waste.cost_usd >= 0.005 else []
    parts += [f"{waste.duration_ns / 1e9:,.1f} s"] if waste.duration_ns >= 50_000_000 else []
    return f"Spent in vain: {', '.join(parts)}." if parts else ""


def _trait(trait: TraitShare) -> str:
    name = f"{trait.field} {escaped(one_line(trait.value))}"
    return (
        f"What sets them apart: {name} in {trait.with_it:,} of these {plural(trait.runs, 'run')}, in "
        f"{trait.others_with:,} of {plural(trait.others, 'passing run')} of the same agents."
    )


def overview_of(page: ClusterPage, silent: int | None) -> Iterator[str]:
    """How the runs go: the first sentences of a summary."""
    share = Share(page.failed, max(1, page.traces))
    yield f"Of {plural(page.traces, 'run')} {page.failed:,} failed in effect ({percent(share)})"
    if silent:
        of_them = "" if silent == page.failed else f", {silent:,} of them"
        yield f"{of_them} without reporting an error"
    inside = page.with_errors
    yield f"; {plural(inside, 'more run')} went on after an error on the way." if inside else "."
