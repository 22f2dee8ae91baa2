"""What a reader hands to the importer, piece by piece."""

from __future__ import annotations

from dataclasses import dataclass

from halo_dash.model.annotation import Annotation
from halo_dash.model.span import LogRecord, Span


@dataclass(frozen=True, slots=True)
class BadPart:
    """A part of a file that cannot be read: where it stands and why."""

    where: str
    """`line 12`, `document 3`, …"""
    reason: str

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Batch:
    """Some spans and log records of a file, in the order in which the file holds them."""

    spans: tuple[Span, ...] = ()
    log_records: tuple[LogRecord, ...] = ()
    bad: tuple[BadPart, ...] = ()
    warnings: tuple[str, ...] = ()
    """What had to be changed to make a value storable."""
    annotations: tuple[Annotation, ...] = ()
    """What people said about traces of the file and about their sessions."""
