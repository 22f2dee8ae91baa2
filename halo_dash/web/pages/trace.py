"""`/traces/{trace_id}`: one trace as tree, timeline, thread and raw spans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from litestar import Response, get
from litestar.params import FromPath

from halo_dash.errors import UsageError
from halo_dash.model.filter import ListQuery
from halo_dash.model.page import Neighbours
from halo_dash.model.twin import Json, thread_json
from halo_dash.store import Store
from halo_dash.web.annotations import Noted
from halo_dash.web.formats import header as request_header
from halo_dash.web.formats import query_pairs, requested
from halo_dash.web.render import FRAGMENT_HEADER, HaloRequest, View, respond, site_of
from halo_dash.web.trace.address import OWN_NAMES, VIEWS, TraceAddress
from halo_dash.web.trace.axis import Tick, ruler
from halo_dash.web.trace.conversation import Conversation, conversation
from halo_dash.web.trace.detail import SpanDetail, span_detail
from halo_dash.web.trace.evidence import mark_evidence
from halo_dash.web.trace.finding import Finding, find
from halo_dash.web.trace.findings import Findings, evidence_at, failed_in_effect, findings_of
from halo_dash.web.trace.header import Header, header
from halo_dash.web.trace.ledger import (
    LedgerPage,
    ledger_document,
    ledger_page,
    ledger_table,
    span_ledger,
)
from halo_dash.web.trace.marking import mark
from halo_dash.web.trace.marks import EventMark, event_marks
from halo_dash.web.trace.noted import span_noted, trace_noted
from halo_dash.web.trace.raw import RawPage, raw_page
from halo_dash.web.trace.reading import TraceReading, find_span, read_trace
from halo_dash.web.trace.row import WINDOW, RowWindow, window
from halo_dash.web.trace.said import read_thread, said, span_documents, trace_document
from halo_dash.web.trace.xray import context_of

SPANS_PER_PAGE = 200
"""Whole spans in one answer of `/traces/{id}.json`."""

_MOST_ROWS = 20_000
_PARTS = {"trace": "trace/_trace.html", "sheet": "trace/_sheet.html", "rows": "trace/_rows.html"}


@dataclass(frozen=True, slots=True)
class TraceContext:
    """Variables of `trace/show.html` and its parts."""

    address: TraceAddress
    header: Header
    neighbours: Neighbours
    revision: int
    judged: int
    """How many verdicts there were when it was read."""
    wrong: Findings
    """What rules found in it."""
    selected: str | None
    """The span whose details are shown."""
    missing: str | None
    """The span that was asked for and is not in this trace."""
    window: RowWindow | None
    marks: Mapping[str, tuple[EventMark, ...]]
    ticks: tuple[Tick, ...]
    detail: SpanDetail | None
    talk: Conversation | None
    ledger: LedgerPage | None
    raw: RawPage | None
    find: Finding
    noted: Noted
    """What people said about it."""
    span_noted: Noted | None
    """What they said about the span whose details are shown."""


@get("/traces/{trace_id:str}", sync_to_thread=True)
def trace(request: HaloRequest, trace_id: FromPath[str]) -> Response[bytes]:
    """The page; `.json` is the trace with its whole spans, paged by `after`."""
    site = site_of(request)
    pairs = query_pairs(request.scope)
    given = dict(pairs)
    judged = site.store.findings.sequence()
    reading = read_trace(site.store, trace_id, site.clock())
    address = _address(trace_id, pairs)
    if requested(request.scope) == "json":
        after = given.get("after")
        view = View("trace/show.html", address, data=lambda: _trace_json(site.store, reading, after))
        return respond(request, site, view)
    part = request_header(request.scope, FRAGMENT_HEADER)
    rows = _whole(given.get("rows")) or WINDOW
    context = _context(site.store, reading, address, rows=rows, part=part, judged=judged)
    return respond(request, site, View("trace/show.html", context, section="traces", fragments=_PARTS))


def _address(trace_id: str, pairs: list[tuple[str, str]]) -> TraceAddress:
    own = {name: text for name, text in pairs if name in OWN_NAMES}
    view = own.get("view") or "tree"
    if view not in VIEWS:
        raise UsageError(f"view must be one of {', '.join(VIEWS)}, not {view[:40]!r}.")
    return TraceAddress(
        trace_id,
        view=view,
        span_id=own.get("span") or None,
        first_row=_whole(own.get("row")),
        is_folded=own.get("fold") == "1",
        opened=tuple(text for name, text in pairs if name == "open"),
        after=own.get("after") or None,
        find=own.get("find"),
        hit=_whole(own.get("hit")),
        finding=own.get("finding") or None,
        list_query=tuple(pair for pair in pairs if pair[0] not in OWN_NAMES),
    )


def _whole(text: str | None) -> int:
    """A count from an address; what is no count is none: an old link still opens its trace."""
    return min(int(text), _MOST_ROWS) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def _context(
    store: Store, reading: TraceReading, address: TraceAddress, *, rows: int, part: str, judged: int = 0
) -> TraceContext:
    found = find(store, reading, address)
    head = header(reading.row, reading.tree, reading.timeline.breakdown, reading.now_ns)
    has_rows = address.view in {"tree", "timeline"}
    shown = (
        window(
            reading.tree,
            reading.timeline,
            first=address.first_row,
            size=rows,
            selected=address.span_id,
            is_folded=address.is_folded,
            opened=address.opened,
        )
        if has_rows
        else None
    )
    selected = _selected(reading, address) if has_rows else None
    is_timeline = address.view == "timeline"
    is_whole = part != "rows"
    return TraceContext(
        address=address,
        header=head,
        neighbours=_neighbours(store, address, reading.now_ns) if is_whole else Neighbours(None, None),
        revision=reading.row.revision,
        judged=judged,
        wrong=findings_of(store, reading, address, (head.why.span_id, head.why.course) if head.why else None),
        selected=selected,
        missing=address.span_id if address.span_id and not reading.tree.row(address.span_id) else None,
        window=shown,
        marks=event_marks(store, reading, shown.rows) if shown and is_timeline else {},
        ticks=ruler(reading.tree.end_ns - reading.tree.start_ns) if has_rows else (),
        detail=marked_detail(store, reading, address, selected, found) if selected and is_whole else None,
        talk=mark(_talk(store, reading, address), found.terms) if address.view == "thread" else None,
        ledger=ledger_page(store, reading, first=address.first_row) if address.view == "ledger" else None,
        raw=raw_page(store, reading, address.after) if address.view == "raw" else None,
        find=found,
        noted=trace_noted(store, reading, address, found.terms),
        span_noted=span_noted(store, reading, address, selected, found.terms) if selected else None,
    )


def _selected(reading: TraceReading, address: TraceAddress) -> str | None:
    """The span asked for; in the tree else where the run failed, an error began, or the first row."""
    if address.span_id and reading.tree.row(address.span_id):
        return address.span_id
    if address.view == "timeline" or not reading.tree.rows:
        return None
    failed = reading.row.summary.failed_span_id or failed_in_effect(reading)
    if failed and reading.tree.row(failed):
        return failed
    first = reading.tree.first_error() or reading.tree.rows[0]
    return first.span_id


def _talk(store: Store, reading: TraceReading, address: TraceAddress) -> Conversation:
    items = read_thread(store, reading)
    return conversation(items, reading.tree, reading.row.summary, reading.status, first=address.first_row)


def _neighbours(store: Store, address: TraceAddress, now_ns: int) -> Neighbours:
    try:
        query = ListQuery.parse(address.list_query)
    except UsageError:
        # A stray parameter must not keep anybody from the trace itself.
        query = ListQuery()
    return store.traces.neighbours(address.trace_id, query, now_ns)


def read_detail(store: Store, reading: TraceReading, span_id: str) -> SpanDetail:
    """Everything one span says. Raises NotFoundError where the trace has no such span."""
    stored = find_span(store, reading.row.summary.trace_id, span_id)
    (found,) = said(store, reading, [stored])
    row = reading.tree.row(span_id)
    account = span_ledger(store, reading, stored)
    context = context_of(store, reading, span_id)
    return span_detail(
        stored, found, row, reading.timeline.self_ns.get(span_id), account=account, context=context
    )


def marked_detail(
    store: Store, reading: TraceReading, address: TraceAddress, span_id: str, found: Finding
) -> SpanDetail:
    """Everything one span says, with what was looked for and the evidence that is looked at marked."""
    detail = mark(read_detail(store, reading, span_id), found.terms, found.text)
    evidence = evidence_at(reading, address)
    return detail if evidence is None else mark_evidence(detail, evidence)


def _trace_json(store: Store, reading: TraceReading, after: str | None) -> dict[str, Json]:
    page = store.spans.page(reading.row.summary.trace_id, after, SPANS_PER_PAGE)
    spans: list[Json] = [*span_documents(store, reading, page.items)]
    return {**trace_document(store, reading), "spans": spans, "next_after": page.next_after}


@get("/traces/{trace_id:str}/thread", sync_to_thread=True)
def trace_thread(request: HaloRequest, trace_id: FromPath[str]) -> Response[bytes]:
    """`/traces/{id}/thread.json`; as a page it is the thread view of the trace."""
    site = site_of(request)
    reading = read_trace(site.store, trace_id, site.clock())
    address = TraceAddress(trace_id, view="thread")
    if requested(request.scope) == "html":
        context = _context(site.store, reading, address, rows=WINDOW, part="")
        return respond(request, site, View("trace/show.html", context, section="traces", fragments=_PARTS))
    view = View("trace/show.html", address, data=lambda: thread_json(read_thread(site.store, reading)))
    return respond(request, site, view)


@get("/traces/{trace_id:str}/ledger", sync_to_thread=True)
def trace_ledger(request: HaloRequest, trace_id: FromPath[str]) -> Response[bytes]:
    """`/traces/{id}/ledger.json` and `.csv`: every call with its ledger; as a page it is the ledger view."""
    site = site_of(request)
    reading = read_trace(site.store, trace_id, site.clock())
    address = TraceAddress(trace_id, view="ledger")
    if requested(request.scope) == "html":
        context = _context(site.store, reading, address, rows=WINDOW, part="")
        return respond(request, site, View("trace/show.html", context, section="traces", fragments=_PARTS))
    view = View(
        "trace/show.html",
        address,
        data=lambda: ledger_document(site.store, reading),
        table=lambda: ledger_table(site.store, reading),
    )
    return respond(request, site, view)
