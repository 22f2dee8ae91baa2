"""A row of the trace list as its template shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from halo_dash.model.observation import NO_USAGE
from halo_dash.model.trace import TraceRow, TraceSummary
from halo_dash.web import words
from halo_dash.web.finding_words import Badge, badge
from halo_dash.web.sessions.paths import session_path

_TAGS = 3
_DIMMABLE = ("label", "place", "session", "models")


@dataclass(frozen=True, slots=True)
class Label:
    """Name and agent of a trace in one: the agent's name stands out, what is around it steps back."""

    before: str
    agent: str
    after: str

    @property
    def text(self) -> str:
        """All of it."""
        return self.before + self.agent + self.after


@dataclass(frozen=True, slots=True)
class RunRow:
    """One trace of the list."""

    trace_id: str
    href: str
    state: str
    """`ok`, `failed`, `silent` (reported ok, failed in effect), `recovered`, `running` or `incomplete`."""
    label: Label
    kind: str
    service: str
    environment: str
    place: str
    """Both of them."""
    session: str
    session_href: str
    models: str
    input: str
    output: str
    reason: str
    """Why it failed, or failed in effect, for a line of its own; empty unless it did."""
    note: str
    """What else is worth saying, inside the line."""
    badge: Badge | None
    """The worst of what rules found, where the line does not say it already."""
    steps: str
    """`2L 1T`: model calls and tool calls."""
    spans: int
    spans_title: str
    tokens: int | None
    tokens_title: str
    cost: str
    cost_title: str
    duration_ns: int | None
    """None where nothing ended, or no time was stated."""
    share: float
    """Percent of the longest usual duration on this page."""
    start_ns: int
    verdicts: tuple[str, ...]
    tags: tuple[str, ...]
    """As many as a row has room for."""
    tags_title: str
    """All of them."""
    same: frozenset[str]
    """Columns that repeat the row above."""


def run_rows(rows: Sequence[TraceRow], now_ns: int, query: str) -> tuple[RunRow, ...]:
    """The rows of one page. A trace finds its neighbours by `query`, the list's own query string."""
    scale = _scale(rows)
    out: list[RunRow] = []
    for row in rows:
        out.append(_run_row(row, now_ns, query, scale, out[-1] if out else None))
    return tuple(out)


def state_of(row: TraceRow, now_ns: int) -> str:
    """The word and shape a trace is shown with."""
    status = row.status(now_ns)
    if status == "running":
        return "running"
    if row.summary.is_error:
        return "failed"
    if row.summary.is_open:
        return "incomplete"
    if row.effective(now_ns) == "error":
        return "silent"
    return "recovered" if row.summary.is_recovered else "ok"


def duration_of(row: TraceRow, now_ns: int) -> int | None:
    """How long a trace took or has been taking; None where nothing ended, or no time was stated."""
    s = row.summary
    state = state_of(row, now_ns)
    end_ns = max(now_ns, s.end_ns) if state == "running" else s.end_ns
    # A sender without a clock says 0, and how long since 1970 is no duration; neither is what never ended.
    is_timed = s.start_ns > 0 and not (state == "incomplete" and end_ns <= s.start_ns)
    return max(end_ns - s.start_ns, 0) if is_timed else None


def reason_of(summary: TraceSummary) -> str:
    """`get_weather: WeatherBackendError: weather backend timed out after 10s`; empty when nothing failed."""
    if summary.failure is None:
        return ""
    name = summary.failed_name if summary.failed_name != summary.name else None
    return ": ".join(part for part in (name, summary.failure.line) if part)


def _reason(row: TraceRow, state: str) -> str:
    """The error it ended with, else the worst that rules found it to have ended in."""
    if state not in {"failed", "silent"}:
        return ""
    found = row.judged.findings if row.judged else ()
    title = next((each.title for each in found if each.ending == "failed"), "")
    return (reason_of(row.summary) if state == "failed" else "") or title


def _run_row(row: TraceRow, now_ns: int, query: str, scale: int, above: RunRow | None) -> RunRow:
    s = row.summary
    state = state_of(row, now_ns)
    label = label_of(s.name, [name for _, name in s.agents])
    texts = {
        "place": " · ".join(part for part in (_first(s.services), s.environment) if part),
        "session": s.session_id or "",
        "models": _first(s.models),
    }
    shown = {"label": label, **texts}
    duration_ns = duration_of(row, now_ns)
    return RunRow(
        trace_id=s.trace_id,
        href=f"/traces/{quote(s.trace_id, safe='')}" + (f"?{query}" if query else ""),
        state=state,
        kind=s.kind.value,
        service=_first(s.services),
        environment=s.environment or "",
        input=s.input_preview or "",
        output=s.output_preview or "",
        reason=_reason(row, state),
        note=_note(s, state),
        badge=badge(row.judged.findings, is_error_shown=s.error_count > 0) if row.judged else None,
        label=label,
        session_href=session_path(s.session_id) if s.session_id else "",
        steps=_steps(s),
        spans=s.span_count,
        spans_title=", ".join(
            words.plural(n, noun)
            for n, noun in ((s.llm_calls, "model call"), (s.tool_calls, "tool call"), (s.span_count, "span"))
            if n
        ),
        tokens=s.usage.total,
        tokens_title=tokens_title(s),
        cost=cost_of(s),
        cost_title=cost_title(s),
        duration_ns=duration_ns,
        share=round(min((duration_ns or 0) / scale, 1.0) * 100, 1) if scale else 0.0,
        start_ns=s.start_ns,
        verdicts=row.verdicts,
        tags=_few(row.tags),
        tags_title=", ".join(row.tags),
        same=frozenset(name for name in _DIMMABLE if above and shown[name] == getattr(above, name)),
        **texts,
    )


def label_of(name: str, agents: Sequence[str]) -> Label:
    """`invoke_agent Support` of agent `Support` once; an agent the name does not tell comes after it."""
    name = name or "(no name)"
    if not agents:
        return Label("", "", name)
    more = f" +{len(agents) - 1}" if len(agents) > 1 else ""
    at = name.find(agents[0])
    if at >= 0:
        return Label(name[:at], agents[0], name[at + len(agents[0]) :] + more)
    return Label(f"{name} ", agents[0], more)


def _few(tags: tuple[str, ...]) -> tuple[str, ...]:
    if len(tags) <= _TAGS:
        return tags
    return (*tags[: _TAGS - 1], f"+{len(tags) - _TAGS + 1}")


def _first(values: Sequence[str]) -> str:
    if not values:
        return ""
    return values[0] + (f" +{len(values) - 1}" if len(values) > 1 else "")


def _scale(rows: Sequence[TraceRow]) -> int:
    """The duration that fills a bar: the page's ninth decile, so that one giant does not flatten the rest."""
    lengths = sorted(max(row.summary.end_ns - row.summary.start_ns, 0) for row in rows)
    return lengths[(len(lengths) * 9) // 10] if lengths else 0


def _note(s: TraceSummary, state: str) -> str:
    parts = []
    if state == "recovered":
        parts.append(reason_of(s) or f"{words.plural(s.error_count, 'error')} inside")
    if s.root_span_id is None:
        parts.append("root span not here yet" if state == "running" else "root span never arrived")
    elif state == "incomplete":
        parts.append("never ended")
    if s.orphan_count and s.root_span_id is not None:
        parts.append(f"{words.plural(s.orphan_count, 'span')} without a parent")
    return " · ".join(parts)


def _steps(s: TraceSummary) -> str:
    counts = ((s.llm_calls, "L"), (s.tool_calls, "T"))
    return " ".join(f"{words.short_count(count)}{letter}" for count, letter in counts if count)


def tokens_title(s: TraceSummary) -> str:
    """Tokens by kind."""
    usage = s.usage
    if usage.total is None and usage.input is None and usage.output is None:
        return "no span said how many tokens it used"
    named = (
        ("in", usage.input),
        ("out", usage.output),
        ("read from cache", usage.cache_read),
        ("reasoning", usage.reasoning),
    )
    return ", ".join(f"{value:,} {name}" for name, value in named if value is not None)


def cost_of(s: TraceSummary) -> str:
    """The cost, with `≥` before it where some price is not known."""
    text = words.usd(s.cost_usd)
    return f"≥{text}" if s.cost_is_partial and s.cost_usd is not None else text


def cost_title(s: TraceSummary) -> str:
    """The exact cost, or why there is none."""
    if s.cost_usd is not None:
        exact = "$" + f"{s.cost_usd:.10f}".rstrip("0").rstrip(".")
        return (
            f"at least {exact}: the cost of some call is not known, see its ledger"
            if s.cost_is_partial
            else exact
        )
    if not s.cost_is_partial or s.usage == NO_USAGE:
        return "no span reports tokens or a cost"
    if not s.models:
        return "no price is known: the calls name no model"
    return f"no price is known for {', '.join(s.models)}: the ledger of the trace says why"
