"""`/rules`: every rule that judges traces, what it claims, what it found, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread

from halo_dash.detect import RULES
from halo_dash.errors import NotFoundError
from halo_dash.jobs.rule_guard import import_name, imported
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.judged import ListedRule, RuleProblem
from halo_dash.model.twin import Json
from halo_dash.web.agents.controls import SelectionControls, selection_controls
from halo_dash.web.formats import query_pairs, suffix_of
from halo_dash.web.raw_path import with_query
from halo_dash.web.render import HaloRequest, View, respond, see_other, site_of
from halo_dash.web.rules.listing import RuleLine, rule_document, rule_line, rules_table
from halo_dash.web.site import Site
from halo_dash.web.typed import canonical


@dataclass(frozen=True, slots=True)
class RulesContext:
    """Template context of `rules/index.html`."""

    lines: tuple[RuleLine, ...]
    own: int
    """Rules that did not come with halo."""
    problems: tuple[tuple[RuleProblem, str], ...]
    """With the name to try it again by; empty where only another file helps."""
    folder: str
    """Where rules of one's own are."""
    is_judging: bool
    """Rules have judged here before; else those that come with halo are shown."""
    traces: int
    judged: int
    controls: SelectionControls
    csv: str


@get("/rules", sync_to_thread=True)
def rules(request: HaloRequest) -> Response[bytes]:
    """The rules. Raises UsageError for a parameter that is no filter."""
    site = site_of(request)
    pairs = query_pairs(request.scope)
    if (clean := canonical(pairs)) is not None:
        return see_other(with_query(f"/rules{suffix_of(request.scope)}", Filter.parse(clean).pairs()))
    chosen = Filter.parse([pair for pair in pairs if pair[1]])
    context = _read(site, chosen)
    view = View(
        template="rules/index.html",
        context=context,
        section="rules",
        data=lambda: _document(context),
        table=lambda: rules_table(context.lines),
    )
    return respond(request, site, view)


@post("/rules/again", status_code=200)
async def try_rule(request: HaloRequest) -> Response[bytes]:
    """Try a rule again that failed. The form has its name, `rule`. Raises NotFoundError, StoreError."""
    form = await request.form()
    name = str(form.get("rule", ""))
    if not await sync_to_thread(site_of(request).store.findings.try_again, name):
        raise NotFoundError(
            f"No rule {name[:80]!r} has failed.", hint="The page of rules says which have, and why."
        )
    place = "#problems" if imported(name) is not None else f"#{quote(f'rule-{name}')}"
    return see_other(f"/rules{place}")


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
    lines = [rule_line(rule, hits.get(rule.name, 0), chosen, health.get(rule.name)) for rule in shown]
    return RulesContext(
        lines=tuple(sorted(lines, key=lambda line: (line.health is None, -line.hits))),
        own=sum(bool(rule.source) for rule in shown),
        problems=tuple(
            (each, name if (name := import_name(each.source)) in health else "") for each in problems
        ),
        folder=_near(site.settings.rules_dir),
        is_judging=bool(listed),
        traces=page.traces,
        judged=page.judged,
        controls=selection_controls(chosen, partial(with_query, "/rules"), reset="/rules"),
        csv=with_query("/rules.csv", chosen.pairs()),
    )


def _near(folder: Path) -> str:
    """The folder as seen from where the server runs."""
    here = Path.cwd()
    return str(folder.relative_to(here)) if folder.is_relative_to(here) else str(folder)


def _document(context: RulesContext) -> dict[str, Json]:
    """`/rules.json`."""
    return {
        "items": [rule_document(line) for line in context.lines],
        "problems": [{"source": each.source, "message": each.message} for each, _again in context.problems],
        "traces": context.traces,
        "judged": context.judged,
    }
