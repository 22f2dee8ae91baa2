"""Spans written as an `ExportTraceServiceRequest` again: the inverse of `decode_traces`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from halo_dash.errors import InvalidInputError
from halo_dash.model.exporter import Encoding
from halo_dash.model.span import Resource, Scope, Span
from halo_dash.otlp import encode_json, encode_protobuf

ScopeGroup: TypeAlias = tuple[Scope, list[Span]]
ResourceGroup: TypeAlias = tuple[Resource, list[ScopeGroup]]


def encode_traces(spans: Iterable[Span], encoding: Encoding) -> bytes:
    """The request, its spans grouped by resource and scope in order of first appearance.

    Raises `InvalidInputError` for ids that OTLP cannot carry (HALO JSONL has 24-digit span ids) and for
    values nested deeper than protobuf allows.
    """
    groups = _grouped(spans)
    return encode_protobuf.write(groups) if encoding == "protobuf" else encode_json.write(groups)


def _grouped(spans: Iterable[Span]) -> list[ResourceGroup]:
    # Attributes are dicts, which cannot be hashed and for which 1 == True: a resource is told apart by how it
    # is written out. Most spans of a batch share the very same objects, so identity answers most of the time
    # (the objects are kept beside their group, so an id is never given twice).
    resources: dict[str, tuple[Resource, dict[str, ScopeGroup]]] = {}
    by_identity: dict[tuple[int, int], tuple[Resource, Scope, ScopeGroup]] = {}
    for span in spans:
        _check_ids(span)
        resource, scope = span.resource, span.scope
        known = by_identity.get((id(resource), id(scope)))
        if known is None:
            _, scopes = resources.setdefault(repr(resource), (resource, {}))
            known = resource, scope, scopes.setdefault(repr(scope), (scope, []))
            by_identity[id(resource), id(scope)] = known
        known[2][1].append(span)
    return [(resource, list(scopes.values())) for resource, scopes in resources.values()]


def _check_ids(span: Span) -> None:
    for name, value, digits in (("trace_id", span.trace_id, 32), ("span_id", span.span_id, 16)):
        if len(value) != digits or not _is_hex(value):
            raise InvalidInputError(
                f"span {span.span_id!r} of trace {span.trace_id!r} cannot be written as OTLP: {name} must be "
                f"{digits} hexadecimal digits",
                hint="export it as a snapshot, which keeps any id",
            )
    for link in span.links:
        if not (_is_hex(link.trace_id) and _is_hex(link.span_id)):
            raise InvalidInputError(f"span {span.span_id!r} has a link whose ids are not hexadecimal")
    if not _is_hex(span.parent_span_id):
        raise InvalidInputError(f"span {span.span_id!r} has a parent_span_id that is not hexadecimal")


def _is_hex(value: str) -> bool:
    try:
        return len(bytes.fromhex(value)) * 2 == len(value)
    except ValueError:
        return False
