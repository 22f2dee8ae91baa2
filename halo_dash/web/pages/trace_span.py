"""`/traces/{trace_id}/spans/{span_id}`: one span, each of its values whole, and the trace as a file."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, replace
from typing import cast

from litestar import Response, get
from litestar.params import FromPath, FromQuery

from halo_dash.errors import NotFoundError
from halo_dash.model.span import AttributeValue
from halo_dash.model.twin import Json, as_text
from halo_dash.store import Store
from halo_dash.transfer.exporting import export_snapshot
from halo_dash.web.annotations import Noted
from halo_dash.web.formats import MEDIA_TYPES, query_pairs, requested
from halo_dash.web.pages.trace import marked_detail
from halo_dash.web.render import HaloRequest, View, finish, respond, site_of, to_json
from halo_dash.web.trace.address import OWN_NAMES, TraceAddress
from halo_dash.web.trace.conversation import thread_document
from halo_dash.web.trace.detail import SpanDetail
from halo_dash.web.trace.finding import find
from halo_dash.web.trace.findings import Findings, findings_of
from halo_dash.web.trace.noted import span_noted
from halo_dash.web.trace.reading import TraceReading, find_span, read_trace
from halo_dash.web.trace.said import read_thread, span_documents
from halo_dash.web.trace.value import resolve_pointer

_PLAIN = "text/plain; charset=utf-8"
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class SpanContext:
    """Variables of `trace/span.html` and of the detail pane."""

    address: TraceAddress
    detail: SpanDetail
    span_noted: Noted
    wrong: Findings


@get("/traces/{trace_id:str}/spans/{span_id:str}", sync_to_thread=True)
def span(request: HaloRequest, trace_id: FromPath[str], span_id: FromPath[str]) -> Response[bytes]:
    """The page of one span, the detail pane of the trace page (a part of it), and its JSON."""
    site = site_of(request)
    reading = read_trace(site.store, trace_id, site.clock())
    if requested(request.scope) == "json":
        body = to_json(_document(site.store, reading, span_id))
        return finish(
            request.scope,
            body,
            media_type=MEDIA_TYPES["json"],
            headers=_disposition(request, f"span-{span_id}.json"),
        )
    pairs = query_pairs(request.scope)
    address = TraceAddress(
        trace_id,
        span_id=span_id,
        find=dict(pairs).get("find"),
        finding=dict(pairs).get("finding") or None,
        list_query=tuple(pair for pair in pairs if pair[0] not in OWN_NAMES),
    )
    found = replace(find(site.store, reading, address), text="")
    context = SpanContext(
        address,
        detail=marked_detail(site.store, reading, address, span_id, found),
        span_noted=span_noted(site.store, reading, address, span_id, found.terms),
        wrong=findings_of(site.store, reading, address),
    )
    parts = {"detail": "trace/_detail.html"}
    return respond(request, site, View("trace/span.html", context, section="traces", fragments=parts))


@get("/traces/{trace_id:str}/spans/{span_id:str}/value", sync_to_thread=True)
def span_value(
    request: HaloRequest, trace_id: FromPath[str], span_id: FromPath[str], at: FromQuery[str]
) -> Response[bytes]:
    """One value of a span, whole, as plain text; `at` is a JSON pointer into the span's JSON."""
    store = site_of(request).store
    reading = read_trace(store, trace_id, site_of(request).clock())
    return value_response(request, _document(store, reading, span_id), at, f"span-{span_id}")


@get("/traces/{trace_id:str}/thread/value", sync_to_thread=True)
def thread_value(request: HaloRequest, trace_id: FromPath[str], at: FromQuery[str]) -> Response[bytes]:
    """One value of the thread, whole, as plain text."""
    site = site_of(request)
    reading = read_trace(site.store, trace_id, site.clock())
    return value_response(
        request, thread_document(read_thread(site.store, reading)), at, f"thread-{trace_id}"
    )


@get("/traces/{trace_id:str}/export", sync_to_thread=True)
def trace_export(request: HaloRequest, trace_id: FromPath[str]) -> Response[bytes]:
    """The trace as a snapshot file, lossless: what `halo export --trace-id` writes."""
    site = site_of(request)
    read_trace(site.store, trace_id, site.clock())
    out = io.BytesIO()
    export_snapshot(site.store, [trace_id], out)
    headers = {"content-disposition": f'attachment; filename="{_file_name(f"trace-{trace_id}.halo.json")}"'}
    return finish(request.scope, out.getvalue(), media_type=MEDIA_TYPES["json"], headers=headers)


def _document(store: Store, reading: TraceReading, span_id: str) -> dict[str, Json]:
    stored = find_span(store, reading.row.summary.trace_id, span_id)
    (document,) = span_documents(store, reading, [stored])
    return document


def value_response(request: HaloRequest, document: object, at: str, name: str) -> Response[bytes]:
    """The value at a JSON pointer as plain text. Raises NotFoundError where there is none."""
    try:
        found = resolve_pointer(document, at)
    except LookupError:
        raise NotFoundError(
            f"There is no value at {at[:200]!r}.", hint="Open the span and follow one of its own links."
        ) from None
    body = as_text(cast("AttributeValue", found)).encode("utf-8", "backslashreplace")
    file = f"{name}{_UNSAFE.sub('-', at)}.txt"
    return finish(request.scope, body, media_type=_PLAIN, headers=_disposition(request, file))


def _disposition(request: HaloRequest, name: str) -> dict[str, str]:
    if request.query_params.get("download") != "1":
        return {}
    return {"content-disposition": f'attachment; filename="{_file_name(name)}"'}


def _file_name(name: str) -> str:
    return _UNSAFE.sub("-", name)[-120:]
