"""One request on its way into the store, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from halo_dash.model.exporter import Exporter


@dataclass(frozen=True, slots=True)
class Delivery:
    """A request as it came over the wire, still compressed and encoded."""

    signal: Literal["traces", "logs"]
    body: bytes
    exporter: Exporter
    """Also says how the body is encoded and compressed."""
    path: str
    received_ns: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was stored, durably, by the time anyone holds this."""

    spans: int = 0
    """Spans accepted, new or not."""
    log_records: int = 0
    duplicates: int = 0
    rejected: int = 0
    """Records refused one by one; the rest of the request is stored."""
    message: str = ""
    """English for `partial_success.error_message`: why records were refused, or a warning."""
