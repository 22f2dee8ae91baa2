"""Which of two versions of a span is the more complete one, whatever the order they came in."""

from __future__ import annotations

from hashlib import blake2b

from halo_dash.model.span import Span
from halo_dash.store.codec import pack, pack_resource, pack_scope, pack_span


def completeness(span: Span) -> tuple[bool, int, int, bytes]:
    """The larger wins: it has ended, then it says more, then it ended later, then by its content."""
    place = pack((span.parent_span_id, span.name, span.start_ns, span.end_ns))
    digest = blake2b(digest_size=16)
    for part in (place, pack_resource(span.resource), pack_scope(span.scope), pack_span(span)):
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    said = len(span.attributes) + len(span.events) + len(span.links)
    return span.end_ns > 0, said, span.end_ns, digest.digest()
