"""Where an analysis is asked for: the whole product's page, and the tab of one agent."""

from __future__ import annotations

from dataclasses import dataclass

from halo_dash.model.filter import NO_FILTER
from halo_dash.model.run import PROMPT, Conversation
from halo_dash.model.twin.runs import conversations_json
from halo_dash.web import selection
from halo_dash.web.agents.query import filter_chips
from halo_dash.web.analysis.asking import EXAMPLES, Asked
from halo_dash.web.analysis.lines import ConversationLine, conversation_lines
from halo_dash.web.analysis.paths import ANALYSIS
from halo_dash.web.analysis.preview import Preview, preview_of
from halo_dash.web.render import View
from halo_dash.web.selection import RANGE_WORDS, Place
from halo_dash.web.site import Site

LISTED = 100
_LOOKED_THROUGH = 500
"""Conversations among which those of one agent are looked for."""


@dataclass(frozen=True, slots=True)
class History:
    """The conversations there are, beside everything else."""

    lines: tuple[ConversationLine, ...]
    new: str
    """Where a new one is asked for."""
    next: str | None
    """Address of the page that begins with older ones."""


@dataclass(frozen=True, slots=True)
class AnalysisContext:
    """Template context of `analysis/index.html`."""

    history: History
    asked: Asked
    prompt: str
    """What stands where the question is typed."""
    examples: tuple[tuple[str, str], ...]
    """(label, address that fills it in)"""
    agents: tuple[tuple[str, str], ...]
    """(key, name) of the agents to choose from; none where the page is an agent's."""
    ranges: tuple[tuple[str, str], ...]
    kept: tuple[tuple[str, str], ...]
    """Filters that the form carries along unseen; they stand as chips."""
    chips: tuple[selection.Chip, ...]
    preview: Preview
    model: str
    """The configured one; empty where none is."""
    runs_changed: int
    """How many changes of runs were known when this was read."""


def form_view(
    site: Site, pairs: list[tuple[str, str]], place: Place, cursor: str | None = None, limit: int = LISTED
) -> View:
    """The form with what it would read; what cannot be read is said beside it, with status 422."""
    changed = site.store.runs.changes(2**62).changed
    model = site.settings.engine.model or ""
    asked = Asked.parse([*pairs, *place.locked], has_model=bool(model))
    conversations, following = _conversations(site, dict(place.locked).get("agent"), cursor, limit)
    own = [pair for pair in asked.pairs() if pair not in set(asked.filter.pairs())]

    def filled(prompt: str) -> str:
        return place.address([*(pair for pair in asked.pairs() if pair[0] != "prompt"), ("prompt", prompt)])

    # Two agents are no choice of a menu: they stay chips.
    is_chosen = not place.locked and len(asked.filter.agent) <= 1
    visible = {"range", "agent"} if is_chosen else {"range"}
    context = AnalysisContext(
        history=History(
            conversation_lines(conversations),
            place.path,
            place.address([("cursor", following)]) if following else None,
        ),
        asked=asked,
        prompt=asked.prompt or PROMPT,
        examples=tuple((label, filled(prompt)) for label, prompt in EXAMPLES),
        agents=_agents(site) if is_chosen else (),
        ranges=tuple(RANGE_WORDS.items()),
        kept=tuple(pair for pair in asked.filter.pairs() if pair[0] not in visible),
        chips=filter_chips(asked.filter, lambda left: place.address([*left, *own]), place.locked),
        preview=preview_of(site, asked),
        model=model,
        runs_changed=changed,
    )
    return View(
        template="analysis/index.html",
        context=context,
        section="analysis",
        fragments={"history": "analysis/_history.html", "preview": "analysis/_preview.html"},
        data=lambda: conversations_json(conversations, following),
        status=422 if asked.problems else 200,
    )


def _conversations(
    site: Site, agent: str | None, cursor: str | None, limit: int
) -> tuple[tuple[Conversation, ...], str | None]:
    if agent is None:
        return site.store.runs.conversations(limit=limit, cursor=cursor)
    found, _ = site.store.runs.conversations(limit=_LOOKED_THROUGH)
    return tuple(each for each in found if agent in each.runs[0].request.filter.agent), None


def _agents(site: Site) -> tuple[tuple[str, str], ...]:
    rows = site.store.figures.agents(NO_FILTER, site.clock())
    return tuple((row.key, row.name) for row in sorted(rows, key=lambda row: row.name.casefold()))


ANALYSIS_PLACE = Place(ANALYSIS)
