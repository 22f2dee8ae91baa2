"""The recorded requests of real clients, decoded, and what is expected of them."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from halo_dash.model.span import LogRecord, Resource, Scope, Span, SpanKind, StatusCode
from halo_dash.model.trace import SpanReading
from halo_dash.otlp import decode_logs, decode_traces
from halo_dash.semconv import observe

RECORDED = Path(__file__).parents[1] / "fixtures" / "otlp"
EXPECTED: dict[str, Any] = json.loads((RECORDED / "expected.json").read_text(encoding="utf-8"))
HALO_JSONL = tuple(EXPECTED["_halo_jsonl"])
CLIENTS = (*(name for name in EXPECTED if not name.startswith("_")), *HALO_JSONL)


def expected(client: str) -> dict[str, Any]:
    """Everything `expected.json` says of a client (or of a HALO JSONL file)."""
    return EXPECTED["_halo_jsonl"][client] if client in HALO_JSONL else EXPECTED[client]


@cache
def recorded(client: str) -> tuple[tuple[Span, ...], tuple[LogRecord, ...]]:
    """All spans and log records of a client, in the order in which they were sent."""
    if client in HALO_JSONL:
        lines = (RECORDED / "halo-jsonl" / client).read_text(encoding="utf-8").splitlines()
        return tuple(_halo_span(json.loads(line)) for line in lines), ()
    spans: list[Span] = []
    logs: list[LogRecord] = []
    for path, body in _bodies(RECORDED / client):
        encoding = "json" if ".json" in path.name else "protobuf"
        if ".logs." in path.name:
            logs.extend(decode_logs(body, encoding))
        else:
            spans.extend(decode_traces(body, encoding))
    return tuple(spans), tuple(logs)


def _bodies(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """The requests in order; a gzipped one only where its plain twin is missing."""
    numbered = [path for path in folder.iterdir() if path.name[0].isdigit()]
    for path in sorted(numbered, key=lambda path: (int(path.name.split(".")[0]), path.name)):
        if path.suffix == ".gz":
            if not path.with_suffix("").exists():
                yield path, gzip.decompress(path.read_bytes())
        else:
            yield path, path.read_bytes()


def _halo_span(line: dict[str, Any]) -> Span:
    return Span(
        trace_id=line["trace_id"],
        span_id=line["span_id"],
        parent_span_id=line["parent_span_id"] or "",
        name=line["name"],
        kind=SpanKind[line["kind"].removeprefix("SPAN_KIND_")],
        start_ns=_iso_ns(line["start_time"]),
        end_ns=_iso_ns(line["end_time"]),
        status_code=StatusCode[line["status"]["code"].removeprefix("STATUS_CODE_")],
        status_message=line["status"].get("message", ""),
        attributes=line["attributes"],
        resource=Resource(line["resource"]["attributes"]),
        scope=Scope(line["scope"]["name"], line["scope"].get("version", "")),
    )


def _iso_ns(time: str) -> int:
    seconds, fraction = re.fullmatch(r"(.*)\.(\d{9})Z", time).groups()
    return int(datetime.fromisoformat(seconds).replace(tzinfo=UTC).timestamp()) * 10**9 + int(fraction)


def traces(spans: Iterable[Span], logs: Iterable[LogRecord] = ()) -> dict[str, list[SpanReading]]:
    """Trace id -> the readings of its spans, in the order given."""
    records: dict[tuple[str, str], list[LogRecord]] = {}
    for record in logs:
        records.setdefault((record.trace_id, record.span_id), []).append(record)
    found: dict[str, list[SpanReading]] = {}
    for sequence, span in enumerate(spans):
        observation = observe(span, records.get((span.trace_id, span.span_id), ()))
        found.setdefault(span.trace_id, []).append(reading(span, observation, sequence))
    return found


def reading(span: Span, observation: Any, sequence: int = 0) -> SpanReading:
    """What the whole-trace rules need of one span."""
    return SpanReading(
        span_id=span.span_id,
        parent_span_id=span.parent_span_id,
        name=span.name,
        start_ns=span.start_ns,
        end_ns=span.end_ns,
        scope_name=span.scope.name,
        observation=observation,
        sequence=sequence,
    )
