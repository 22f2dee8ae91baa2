"""One run of a conversation as its page shows it."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from halo_dash.analysis.selection import without_own
from halo_dash.model.bounds import read_moment
from halo_dash.model.report import Report
from halo_dash.model.run import Conversation, Message, Run
from halo_dash.store import Store
from halo_dash.web.analysis.cards import (
    EvidenceLine,
    FindingCard,
    Proof,
    citation_lines,
    finding_cards,
    proof_of,
    prose,
)
from halo_dash.web.analysis.coverage import Coverage, coverage_of
from halo_dash.web.analysis.lines import RunHead, run_head
from halo_dash.web.analysis.paths import analysis_address, traces_address
from halo_dash.web.analysis.steps import AgentLines, agent_lines
from halo_dash.web.selection import chip_label
from halo_dash.web.words import moment

_SECOND_NS = 1_000_000_000
_EVENTS = 4_000
"""Steps of one run on a page; the run's own trace has all of them."""


@dataclass(frozen=True, slots=True)
class RunView:
    """A question, what the run did about it, and its answer."""

    head: RunHead
    question: str
    scope: tuple[str, ...]
    """The filters it read by, in words."""
    scope_href: str
    """The list of what it read."""
    again_href: str
    """The form, filled in as for this run."""
    message: Message | None
    """The answer; None until there is one."""
    summary: Markup
    """Its prose."""
    can_retry: bool
    """It ended before its answer did, and can go on."""
    cards: tuple[FindingCard, ...]
    citations: tuple[EvidenceLine, ...]
    proof: Proof | None
    not_judged: tuple[str, ...]
    steps: AgentLines
    more_steps: bool
    coverage: Coverage


def run_views(store: Store, conversation: Conversation, now_ns: int) -> tuple[RunView, ...]:
    """The report's run and the follow-ups, in order."""
    return tuple(_view(store, conversation, run, now_ns) for run in conversation.runs)


def _view(store: Store, conversation: Conversation, run: Run, now_ns: int) -> RunView:
    said = [each for each in conversation.messages if each.run_id == run.run_id]
    question = next((each.content for each in said if each.role == "user"), run.request.prompt)
    message = next((each for each in said if each.role == "assistant"), None)
    report = message.report if message else None
    events = store.runs.events(run.run_id, limit=_EVENTS + 1)
    pairs = run.request.filter.pairs()
    chosen = run.request.trace_ids
    scope = [_scope_word(*pair) for pair in pairs] + ([f"{len(chosen):,} chosen runs"] if chosen else [])
    selected = [*pairs, *(("trace", each) for each in chosen)]
    read = [*without_own(run.request.filter).pairs(), *(("trace", each) for each in chosen)]
    return RunView(
        head=run_head(run, now_ns, has_partial_report=bool(report and report.is_partial)),
        question=question,
        scope=tuple(scope),
        scope_href=traces_address(read),
        again_href=analysis_address([*selected, ("prompt", question), ("run-analyst", run.request.analyst)]),
        message=message,
        summary=prose(_summary(report) if report else message.content) if message else Markup(),
        can_retry=run.state in {"failed", "cancelled", "timed_out"},
        cards=finding_cards(report, run.request.filter, conversation.conversation_id) if report else (),
        citations=citation_lines(report.citations) if report else (),
        proof=proof_of(report) if report else None,
        not_judged=report.not_judged if report else (),
        steps=agent_lines(events[:_EVENTS]),
        more_steps=len(events) > _EVENTS,
        coverage=coverage_of(store.runs.seen(run.run_id), run.size),
    )


def _summary(report: Report) -> str:
    """Without the first paragraph of a partial one: the page says as much above it."""
    first, _, rest = report.summary.partition("\n\n")
    return rest if report.is_partial and first.startswith("**This report is partial.**") else report.summary


def _scope_word(name: str, value: str) -> str:
    if name not in {"from", "to"}:
        return chip_label(name, value)
    second = read_moment(value) // _SECOND_NS * _SECOND_NS
    return f"{'since' if name == 'from' else 'until'} {moment(second)}"
