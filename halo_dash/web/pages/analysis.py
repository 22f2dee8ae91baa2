"""`/analysis` and `/analysis/{conversation_id}`: ask the engine, watch a run, read its report."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import Response, get

from halo_dash.model.run import Conversation
from halo_dash.model.twin.prose import conversation_prose
from halo_dash.model.twin.runs import conversation_json
from halo_dash.web.analysis.form_page import ANALYSIS_PLACE, LISTED, History, form_view
from halo_dash.web.analysis.lines import conversation_lines
from halo_dash.web.analysis.paths import ANALYSIS, conversation_path
from halo_dash.web.analysis.views import RunView, run_views
from halo_dash.web.formats import query_pairs
from halo_dash.web.raw_path import segments
from halo_dash.web.render import HaloRequest, View, respond, site_of

_MOST = 500
"""Conversations of one answer."""


@dataclass(frozen=True, slots=True)
class ConversationContext:
    """Template context of `analysis/show.html`."""

    history: History
    conversation: Conversation
    runs: tuple[RunView, ...]
    is_ended: bool
    can_converse: bool
    """A model answers follow-ups; the built-in analyst only finds."""
    path: str
    run_ids: str
    """For the live region."""
    runs_changed: int


@get(ANALYSIS, sync_to_thread=True)
def analysis(request: HaloRequest) -> Response[bytes]:
    """The form and what it would read. Raises UsageError for a cursor of another list."""
    site = site_of(request)
    pairs = query_pairs(request.scope)
    asked = dict(pairs)
    limit = asked.get("limit", "")
    listed = min(int(limit), _MOST) if limit.isascii() and limit.isdigit() else LISTED
    view = form_view(site, pairs, ANALYSIS_PLACE, asked.get("cursor"), max(1, listed))
    return respond(request, site, view)


@get(f"{ANALYSIS}/{{rest:path}}", sync_to_thread=True)
def conversation(request: HaloRequest) -> Response[bytes]:
    """A conversation with its runs, live. Raises NotFoundError."""
    site = site_of(request)
    conversation_id = "/".join(segments(request.scope, ANALYSIS))
    changed = site.store.runs.changes(2**62).changed
    found = site.store.runs.conversation(conversation_id)
    listed, _ = site.store.runs.conversations(limit=LISTED)
    context = ConversationContext(
        history=History(conversation_lines(listed, found.conversation_id), ANALYSIS, None),
        conversation=found,
        runs=run_views(site.store, found, site.clock()),
        is_ended=found.runs[-1].is_ended,
        can_converse=bool(site.settings.engine.model),
        path=conversation_path(found.conversation_id),
        run_ids=" ".join(each.run_id for each in found.runs),
        runs_changed=changed,
    )
    view = View(
        template="analysis/show.html",
        context=context,
        section="analysis",
        fragments={"conversation": "analysis/_conversation.html", "history": "analysis/_history.html"},
        data=lambda: conversation_json(found),
        prose=lambda: _prose(found),
    )
    return respond(request, site, view)


def _prose(found: Conversation) -> str:
    prose = conversation_prose((each.role, each.content) for each in found.messages)
    return f"{prose or 'Nothing was found yet.'}\n"
