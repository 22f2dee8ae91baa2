"""A trace as the engine is shown it: whole, or a summary of what is too large to be shown at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from halo_dash.analysis.reading.citing import Citing
from halo_dash.analysis.reading.reader import Reader
from halo_dash.analysis.reading.rows import findings_json, trace_row
from halo_dash.analysis.reading.shown import DISCOVERING, READING, VIEW_BYTES, shown, size
from halo_dash.analysis.reading.span_view import Views, span_head
from halo_dash.errors import InvalidInputError, NotFoundError
from halo_dash.model.trace import SpanReading, TraceRow

Json = dict[str, Any]

FIRST = "first"
"""Where reading in portions begins."""
MOST_SPANS = 100
"""Spans that are read by one call."""
_LISTED = 15
_LISTED_FIELDS = 40
_NEVER_WHOLE = 1_500
"""A trace of more spans does not fit, whatever they say."""


@dataclass(frozen=True, slots=True)
class Face:
    """Who looks: a model reads all of an answer, code keeps it in a variable."""

    most_bytes: int = VIEW_BYTES
    for_code: bool = False
    """Each text in full under all of its names."""

    def views(self) -> Views:
        """For looking a trace over."""
        if self.for_code:
            return Views(READING, is_whole=True, has_all_names=True)
        return Views(DISCOVERING, is_whole=False)


MODEL = Face()
CODE = Face(2_000_000, for_code=True)


def view_trace(
    reader: Reader, trace_id: str, after: str | None = None, face: Face = MODEL
) -> tuple[Json, frozenset[str]]:
    """(a trace with its spans, long texts shortened; the spans that were shown).

    Without `after` the whole of it or a summary; with it (FIRST, or the span where the portion before ended)
    as much as one answer holds. Raises NotFoundError.
    """
    row, outline = reader.row(trace_id), reader.outline(trace_id)
    head = _head(reader, row)
    begin = _place(outline, after)
    if after is None and len(outline) > _NEVER_WHOLE:
        return head | _oversized(reader, row, outline), frozenset()
    views = face.views()
    spans: list[Json] = []
    taken = size(head)
    for reading in outline[begin:]:
        stored = reader.store.spans.get(trace_id, reading.span_id)
        if stored is None:
            continue  # removed this very moment
        view = _bounded(views.of(stored, row.summary.start_ns), face)
        taken += size(view) + 2
        if taken > face.most_bytes and (spans or after is None):
            if after is None:
                return head | _oversized(reader, row, outline), frozenset()
            break
        spans.append(view)
    found = head | {"spans": spans}
    if begin + len(spans) < len(outline):
        found["next_after"] = spans[-1]["span_id"]
        found["left"] = len(outline) - begin - len(spans)
    return found, frozenset(each["span_id"] for each in spans)


def view_spans(
    reader: Reader,
    trace_id: str,
    span_ids: Sequence[str] = (),
    *,
    kind: str | None = None,
    name: str | None = None,
    only_errors: bool = False,
    fields: Sequence[str] = (),
    offset: int = 0,
    face: Face = MODEL,
) -> tuple[Json, frozenset[str]]:
    """(spans in full, or some fields of them from an offset on; the spans that were shown).

    Raises NotFoundError: not in the selection, no such span, no such field; InvalidInputError: too many.
    """
    row, outline = reader.row(trace_id), reader.outline(trace_id)
    wanted = _chosen(outline, trace_id, span_ids, kind, name, only_errors=only_errors)
    found: Json = {"trace_id": trace_id}
    if fields:
        views = [_only(reader, trace_id, each, fields, offset) for each in wanted]
    else:
        one_by_one = Views(READING, is_whole=True, has_all_names=face.for_code)
        views = [one_by_one.of(reader.span(trace_id, each.span_id), row.summary.start_ns) for each in wanted]
    if size(views) > face.most_bytes:
        return found | _too_much(reader, trace_id, wanted), frozenset()
    return found | {"spans": views}, frozenset(each.span_id for each in wanted)


def _bounded(view: Json, face: Face) -> Json:
    """A span's view; of one that is larger than an answer, its fields and how long they are."""
    if size(view) <= face.most_bytes // 2:
        return view
    fields = {
        name: len(text) if isinstance(text, str) else text["length"]
        for name, text in view.pop("fields").items()
    }
    largest = sorted(fields.items(), key=lambda item: -item[1])[:_LISTED_FIELDS]
    view["oversized"] = {"fields": len(fields), "characters_of_the_largest": dict(largest)}
    view["recommendation"] = "Read some of them with view_spans(trace_id, span_ids, fields=[...], offset=0)."
    return view


def _head(reader: Reader, row: TraceRow) -> Json:
    citing = Citing(reader, row.summary.trace_id)
    findings = findings_json(row.judged, citing, _LISTED) if row.judged else []
    return {"trace": trace_row(row, reader.selection.now_ns), "findings": findings}


def _place(outline: Sequence[SpanReading], after: str | None) -> int:
    if after in (None, FIRST):
        return 0
    at = next((number for number, each in enumerate(outline) if each.span_id == after), None)
    if at is None:
        raise NotFoundError(f"There is no span {after!r} to go on from.", hint=f"Begin with after={FIRST!r}.")
    return at + 1


def _oversized(reader: Reader, row: TraceRow, outline: Sequence[SpanReading]) -> Json:
    """What a trace is made of, where its spans do not fit."""
    trace_id, start_ns = row.summary.trace_id, row.summary.start_ns
    sizes = reader.store.spans.sizes(trace_id)
    steps = Counter((each.observation.kind.value, each.name) for each in outline)
    failed = Counter(
        (each.observation.kind.value, each.name) for each in outline if each.observation.is_error
    )
    biggest = sorted(outline, key=lambda each: -sizes.get(each.span_id, 0))[:_LISTED]
    longest = sorted(outline, key=lambda each: each.start_ns - each.end_ns if each.end_ns else 0)[:5]
    errors = [each for each in outline if each.observation.is_error][:_LISTED]
    return {
        "oversized": {
            "spans": len(outline),
            "stored_bytes": sum(sizes.values()),
            "most_bytes_of_one_answer": VIEW_BYTES,
            "kinds": dict(Counter(each.observation.kind.value for each in outline).most_common()),
            "steps": [
                {"kind": kind, "name": name, "spans": count, "failed": failed[kind, name]}
                for (kind, name), count in steps.most_common(_LISTED)
            ],
            "failed_spans": [span_head(each, start_ns) for each in errors],
            "biggest_spans": [
                {"span_id": each.span_id, "name": each.name, "stored_bytes": sizes.get(each.span_id, 0)}
                for each in biggest
            ],
            "longest_spans": [span_head(each, start_ns) for each in longest],
        },
        "recommendation": (
            "The spans do not fit into one answer. Look for words with search_trace; read the failed or the "
            f"biggest spans with view_spans(trace_id, span_ids=[...]); or read all with after={FIRST!r}, "
            "portion by portion."
        ),
    }


def _chosen(
    outline: Sequence[SpanReading],
    trace_id: str,
    span_ids: Sequence[str],
    kind: str | None,
    name: str | None,
    *,
    only_errors: bool,
) -> list[SpanReading]:
    known = {each.span_id: each for each in outline}
    missing = [each for each in span_ids if each not in known]
    if missing:
        raise NotFoundError(
            f"Trace {trace_id} has no span {', '.join(missing[:5])}.", hint="view_trace lists its spans."
        )
    of = [known[each] for each in dict.fromkeys(span_ids)] if span_ids else list(outline)
    if kind:
        of = [each for each in of if each.observation.kind.value == kind.upper()]
    if name:
        of = [each for each in of if name in (each.name, each.observation.tool_name, each.observation.model)]
    if only_errors:
        of = [each for each in of if each.observation.is_error]
    if len(of) > MOST_SPANS:
        listed = ", ".join(each.span_id for each in of[:3])
        raise InvalidInputError(
            f"These are {len(of):,} spans; one call reads at most {MOST_SPANS}.",
            hint=f"Give span_ids (such as {listed}), or a kind, a name or only_errors.",
        )
    return of


def _only(reader: Reader, trace_id: str, reading: SpanReading, fields: Sequence[str], offset: int) -> Json:
    texts = reader.fields(trace_id, reading.span_id) or {}
    missing = [each for each in fields if each not in texts]
    if missing and len(missing) == len(fields):
        raise NotFoundError(
            f"Span {reading.span_id} has no field {', '.join(missing[:5])}.",
            hint=f"It has {', '.join(list(texts)[:40])}.",
        )
    found: Json = {"span_id": reading.span_id, "name": reading.name}
    found["fields"] = {each: shown(texts[each], READING, offset) for each in fields if each in texts}
    if missing:
        found["no_such_fields"] = missing
    return found


def _too_much(reader: Reader, trace_id: str, wanted: Sequence[SpanReading]) -> Json:
    """How large these spans are, field by field."""
    spans = []
    for each in wanted:
        texts = reader.fields(trace_id, each.span_id) or {}
        largest = sorted(texts.items(), key=lambda item: -len(item[1]))[:5]
        spans.append(
            {
                "span_id": each.span_id,
                "name": each.name,
                "characters": sum(map(len, texts.values())),
                "largest_fields": {name: len(text) for name, text in largest},
            }
        )
    field = next(iter(largest_of(spans[0])), "input") if spans else "input"
    return {
        "oversized": {"spans": spans, "most_bytes_of_one_answer": VIEW_BYTES},
        "recommendation": (
            "These spans do not fit into one answer. Give fewer span_ids, or name fields and an offset: "
            f'view_spans(trace_id, span_ids=["{wanted[0].span_id}"], fields=["{field}"], offset=0).'
        ),
    }


def largest_of(span: Json) -> Sequence[str]:
    """The names of its largest fields, the largest first."""
    return list(span["largest_fields"])
