"""A request, taken apart into groups that share a resource and a scope, whatever the encoding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from halo_dash.model.span import Resource, Scope
from halo_dash.otlp.issues import Place

Raw = TypeVar("Raw")


@dataclass(frozen=True, slots=True)
class Signal:
    """The JSON names of one signal; the protobuf field numbers of all signals are the same."""

    outer: str
    inner: str
    leaf: str
    old_inner: str
    """Its name before OTLP 1.0."""
    old_leaf: str

    def place(self, resource: int, scope: int) -> Place:
        """A place inside this signal's requests."""
        return Place(self.outer, self.inner, self.leaf, resource, scope)


TRACES: Final = Signal("resourceSpans", "scopeSpans", "spans", "instrumentationLibrarySpans", "spans")
LOGS: Final = Signal("resourceLogs", "scopeLogs", "logRecords", "instrumentationLibraryLogs", "logs")


@dataclass(frozen=True, slots=True)
class Group(Generic[Raw]):
    """The records of one scope of one resource, still raw. `records` can be iterated once."""

    place: Place
    resource: Resource
    scope: Scope
    records: Iterator[Raw]
