"""`/rules`: every rule that judges traces, what it claims, what it found, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from litestar import Response, get

from halo_dash.detect import RULES
from halo_dash.detect.claim import read_claim
from halo_dash.model.filter import Filter, ListQuery, Pairs
from halo_dash.model.judged import ListedRule, RuleProblem
from halo_dash.model.twin import Json, iso_time
from halo_dash.store.findings.judging import Health
from halo_dash.web import selection
from halo_dash.web.agents.query import filter_chips, period_menu
from halo_dash.web.formats import query_pairs, suffix_of
from halo_dash.web.render import HaloRequest, View, respond, site_of
from halo_dash.web.site import Site
from halo_dash.web.typed import canonical

Words = tuple[tuple[str, bool], ...]
"""A text in pieces: (piece, whether it is code)."""


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule on the page."""

    rule: ListedRule
    hits: int
    """Traces of the selection in which it found something."""
    href: str
    """These traces."""
    told: tuple[tuple[str, Words], ...]
    """(what it is about, the words)."""
    health: Health | None
    """How it failed, if it did since it last changed."""


@dataclass(frozen=True, slots=True)
class RulesContext:
    """Template context of `rules/index.html`."""

    lines: tuple[RuleLine, ...]
    own: int
    """Rules that did not come with halo."""
    problems: tuple[RuleProblem, ...]
    folder: str
    """Where rules of one's own are."""
    is_judging: bool
    """Rules have judged here before; else those that come with halo are shown."""
    traces: int
    judged: int
    period: selection.Menu
    chips: tuple[selection.Chip, ...]
    timeless: tuple[tuple[str, str], ...]
    """What the form that asks for a time carries along unseen."""
    csv: str


@get("/rules", sync_to_thread=True)
def rules(request: HaloRequest) -> Response[bytes]:
    """The rules. Raises UsageError for a parameter that is no filter."""
    site = site_of(request)
    pairs = query_pairs(request.scope)
    if (clean := canonical(pairs)) is not None:
        location = _address(Filter.parse(clean).pairs(), suffix_of(request.scope))
        return Response(content=b"", status_code=303, headers={"location": location})
    chosen = Filter.parse([pair for pair in pairs if pair[1]])
    context = _read(site, chosen)
    view = View(
        template="rules/index.html",
        context=context,
        section="rules",
        data=lambda: _document(context),
        table=lambda: _table(context.lines),
    )
    return respond(request, site, view)


def _read(site: Site, chosen: Filter) -> RulesContext:
    now_ns = site.clock()
    listed, problems = site.store.findings.rules()
    shown = listed or tuple(
        ListedRule(each.name, each.title, str(each.version), each.claim, each.source) for each in RULES
    )
    page = site.store.clusters.page(chosen, now_ns)
    facets = site.store.traces.page(ListQuery(chosen, limit=1), now_ns, facets=True).facets
    hits = {str(each.value): each.count for each in facets.get("rule", ())}
    health = {each.rule: each for each in site.store.findings.health()}
    lines = [_line(rule, hits.get(rule.name, 0), chosen, health.get(rule.name)) for rule in shown]
    return RulesContext(
        lines=tuple(sorted(lines, key=lambda line: (line.health is None, -line.hits))),
        own=sum(bool(rule.source) for rule in shown),
        problems=problems,
        folder=_near(site.settings.rules_dir),
        is_judging=bool(listed),
        traces=page.traces,
        judged=page.judged,
        period=period_menu(chosen, _address),
        chips=filter_chips(chosen, _address),
        timeless=tuple(pair for pair in chosen.pairs() if pair[0] not in {"range", "from", "to"}),
        csv=_address(chosen.pairs(), ".csv"),
    )


def _line(rule: ListedRule, hits: int, chosen: Filter, health: Health | None) -> RuleLine:
    claim = read_claim(rule.claim)
    parts = (
        ("", "" if claim.claims and not rule.source else claim.about),
        ("Claims", claim.claims),
        ("Abstains", claim.abstains),
        ("Known false alarms", claim.false_alarms),
    )
    rest = [pair for pair in chosen.pairs() if pair[0] != "rule"]
    is_current = health is not None and health.version == rule.version
    return RuleLine(
        rule=rule,
        hits=hits,
        href=f"/traces?{urlencode([('rule', rule.name), *rest])}",
        told=tuple((head, _words(text)) for head, text in parts if text),
        health=health if is_current else None,
    )


def _words(text: str) -> Words:
    pieces = text.split("`")
    return tuple((piece, at % 2 == 1) for at, piece in enumerate(pieces) if piece)


def _near(folder: Path) -> str:
    """The folder as seen from where the server runs."""
    here = Path.cwd()
    return str(folder.relative_to(here)) if folder.is_relative_to(here) else str(folder)


def _address(pairs: Pairs, suffix: str = "") -> str:
    text = urlencode([pair for pair in pairs if pair[1]])
    return f"/rules{suffix}" + (f"?{text}" if text else "")


def _document(context: RulesContext) -> dict[str, Json]:
    """`/rules.json`."""
    return {
        "items": [
            {
                "name": line.rule.name,
                "title": line.rule.title,
                "version": line.rule.version,
                "claim": line.rule.claim,
                "source": line.rule.source or None,
                "traces": line.hits,
                "health": _health_document(line.health),
            }
            for line in context.lines
        ],
        "problems": [{"source": each.source, "message": each.message} for each in context.problems],
        "traces": context.traces,
        "judged": context.judged,
    }


def _health_document(health: Health | None) -> Json:
    if health is None:
        return None
    return {
        "errors": health.errors,
        "is_off": health.is_off,
        "message": health.message,
        "trace_id": health.trace_id,
        "time": iso_time(health.time_ns),
    }


def _table(lines: Sequence[RuleLine]) -> Iterator[Sequence[object]]:
    yield "rule", "title", "version", "source", "traces", "errors", "is_off", "message"
    for line in lines:
        rule, health = line.rule, line.health
        failed = (health.errors, health.is_off, health.message) if health else (0, False, None)
        yield rule.name, rule.title, rule.version, rule.source or "halo", line.hits, *failed
