"""One cluster closely: its figures, its wording, what its runs have in common, runs that show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from halo_dash.model.clusters import ClusterDetail
from halo_dash.model.filter_fields import ATTRIBUTE
from halo_dash.model.judged import ClusterIdentity
from halo_dash.model.twin import Json
from halo_dash.model.twin.clusters import (
    cluster_detail_json,
    cluster_example_json,
    cluster_identity_json,
    cluster_note_json,
    cluster_row_json,
)
from halo_dash.patterns.titles import opened
from halo_dash.web import words
from halo_dash.web.agents.place import Lists
from halo_dash.web.charts import COUNT, Chart, ChartSet, Series, TimeAxis, draw
from halo_dash.web.clusters.examples import Example, passing_filter
from halo_dash.web.clusters.query import cluster_path, is_listed
from halo_dash.web.clusters.reading import ClusterReading
from halo_dash.web.clusters.traits import TraitLine, trait_lines
from halo_dash.web.finding_words import EVIDENCE_WORDS
from halo_dash.web.raw_path import with_query
from halo_dash.web.runs import RunRow, run_rows
from halo_dash.web.trace.address import TraceAddress

_MOST_MEMBERS = 12
"""Wordings of a group that are listed; its list of traces has the runs of all."""

_FIELD_WORDS = {"source": "came here by"}


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with the traces it counts, where there are any."""

    label: str
    value: str
    href: str = ""
    said: str = ""
    """What it means, or what it is a part of."""


@dataclass(frozen=True, slots=True)
class Wording:
    """One cluster of a group, or the cluster itself."""

    text: str
    href: str
    """Of the cluster; empty where it is this one."""
    runs: int
    runs_href: str


@dataclass(frozen=True, slots=True)
class Common:
    """What runs have of one field: (value, runs, address)."""

    label: str
    values: tuple[tuple[str, int, str], ...]
    """The address is empty where no list has exactly these runs."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A place that shows it."""

    text: str
    field: str
    href: str


@dataclass(frozen=True, slots=True)
class ShownExample:
    """A run that shows it."""

    run: RunRow
    why: str
    explanation: str
    quotes: tuple[Quote, ...]
    compare: str
    """The run beside one that passes; empty where none does."""


@dataclass(frozen=True, slots=True)
class Closely:
    """All of one cluster that has runs in the selection."""

    figures: tuple[Figure, ...]
    wordings: tuple[Wording, ...]
    more_wordings: int
    common: tuple[Common, ...]
    traits: tuple[tuple[TraitLine, str, str], ...]
    """Each with the address of the runs that have it, and of the passing ones that do; empty as above."""
    references: int
    references_href: str
    also: tuple[tuple[str, str, int], ...]
    """(title, address, runs) of others that the same runs are in; no filter asks for two clusters at once."""
    charts: ChartSet
    examples: tuple[ShownExample, ...]


def closely(reading: ClusterReading, detail: ClusterDetail, shown: Sequence[Example], now_ns: int) -> Closely:
    """What the page shows of it."""
    lists = Lists(replace(reading.filter, cluster=(reading.identity.name,)))
    passing = Lists(passing_filter(reading, detail))
    members = detail.row.members
    return Closely(
        figures=_figures(detail, lists, Lists(reading.filter)),
        wordings=tuple(_wording(reading, detail, *each) for each in members[:_MOST_MEMBERS]),
        more_wordings=max(0, len(members) - _MOST_MEMBERS),
        common=tuple(_common(reading, name, detail, lists) for name in detail.values),
        traits=tuple(_trait(reading, line, lists, passing) for line in trait_lines(detail)),
        references=detail.references,
        references_href=passing.all(),
        also=_also(reading, detail),
        charts=_charts(reading, detail, lists, now_ns),
        examples=tuple(_example(each, now_ns) for each in shown),
    )


def cluster_document(reading: ClusterReading, shown: Sequence[Example]) -> dict[str, Json]:
    """`/clusters/{name}.json`; `detail` is null where no run of the selection has it."""
    note, detail = reading.note, reading.detail
    head: dict[str, Json] = {
        **cluster_identity_json(reading.identity, reading.title),
        "said": cluster_note_json(note),
    }
    if detail is None:
        return {"cluster": head, "detail": None}
    also = [(each.name, reading.names.title_of(each), runs) for each, runs in detail.also]
    examples: list[Json] = [
        cluster_example_json(each.row, each.why, [place for _number, place in each.evidence], each.passing_id)
        for each in shown
    ]
    row = cluster_row_json(detail.row, reading.title, note)
    return {"cluster": head, "detail": {**row, **cluster_detail_json(detail, also, examples)}}


def _figures(detail: ClusterDetail, lists: Lists, all_lists: Lists) -> tuple[Figure, ...]:
    row = detail.row
    waste = row.waste
    share = f"{words.percent(row.runs / detail.traces)} of {words.plural(detail.traces, 'trace')}"
    figures = [
        Figure("Runs", words.count(row.runs), lists.all(), share),
        Figure(
            "Failed",
            words.count(row.failed_runs),
            lists.all(("effective", "error")) if row.failed_runs else "",
            f"{row.failed:,} ended in it",
        ),
        Figure(
            "Recovered",
            words.count(row.recovered),
            "",
            "got over it",
        ),
        Figure("Traces", words.count(detail.traces), all_lists.all(), "in this selection"),
    ]
    if waste.tokens:
        figures.append(Figure("Tokens wasted", words.short_count(waste.tokens), lists.all(sort="-tokens")))
    if waste.cost_usd:
        figures.append(Figure("Money wasted", words.usd(waste.cost_usd), lists.all(sort="-cost")))
    if waste.duration_ns:
        figures.append(Figure("Time wasted", words.duration(waste.duration_ns), lists.all(sort="-duration")))
    return tuple(figures)


def _wording(reading: ClusterReading, detail: ClusterDetail, member: ClusterIdentity, runs: int) -> Wording:
    pairs = reading.filter.pairs()
    known = [each.value for name in ("model", "tool", "agent") for each in detail.values.get(name, ())]
    own = Lists(replace(reading.filter, cluster=(member.name,)))
    is_this = member.name == reading.identity.name
    return Wording(
        text=opened(member.template)
        if is_this and member.template
        else reading.names.title_of(member, known),
        href="" if is_this else with_query(cluster_path(member.name), pairs),
        runs=runs,
        runs_href=own.all(),
    )


def _common(reading: ClusterReading, name: str, detail: ClusterDetail, lists: Lists) -> Common:
    def href(value: str) -> str:
        return lists.all((name, value)) if is_listed(reading.filter, name, value) else ""

    values = detail.values[name]
    return Common(
        _FIELD_WORDS.get(name, name), tuple((each.value, each.count, href(each.value)) for each in values)
    )


def _trait(
    reading: ClusterReading, line: TraitLine, lists: Lists, passing: Lists
) -> tuple[TraitLine, str, str]:
    # `attr.KEY` finds a value on any span, and not only on the root.
    if line.field.startswith(ATTRIBUTE) or not is_listed(reading.filter, line.field, line.value):
        return line, "", ""
    pair = (line.field, line.value)
    return line, lists.all(pair), passing.all(pair)


def _also(reading: ClusterReading, detail: ClusterDetail) -> tuple[tuple[str, str, int], ...]:
    pairs = reading.filter.pairs()
    return tuple(
        (reading.names.title_of(each), with_query(cluster_path(each.name), pairs), runs)
        for each, runs in detail.also
    )


def _charts(reading: ClusterReading, detail: ClusterDetail, lists: Lists, now_ns: int) -> ChartSet:
    values = tuple(float(runs) for runs in detail.row.runs_by_bucket)
    series = Series("failed", "runs that have it", values, words.count(detail.row.runs))
    chart = Chart("runs", "Over time", "bars", COUNT, (series,), has_links=True)
    return draw((chart,), TimeAxis(reading.edges_ns, now_ns, lists.between))


def _example(shown: Example, now_ns: int) -> ShownExample:
    trace_id = shown.row.summary.trace_id
    address = TraceAddress(trace_id)
    (run,) = run_rows([shown.row], now_ns, "")
    compare = ""
    if shown.passing_id:
        compare = f"/compare?{urlencode({'a': trace_id, 'b': shown.passing_id})}"
    return ShownExample(
        run=run,
        why=" and ".join(shown.why),
        explanation=shown.findings[0][1].explanation if shown.findings else "",
        quotes=tuple(
            Quote(each.quote, EVIDENCE_WORDS[each.field], address.at_evidence(number, each.span_id))
            for number, each in shown.evidence
        ),
        compare=compare,
    )
