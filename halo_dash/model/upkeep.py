"""Keeping a store healthy: what may stay in it, what a step of the work did, what takes the space."""

from __future__ import annotations

from dataclasses import dataclass

DAY_NS = 86_400_000_000_000


@dataclass(frozen=True, slots=True)
class RetentionLimits:
    """What may stay. A trace goes when any limit says so, the oldest first; pinned ones never do."""

    arrived_before_ns: int | None = None
    """Traces that received nothing since this moment go. Counted from arrival, so that an old trace that was
    imported today is not removed today."""
    started_before_ns: int | None = None
    """Traces that started before this moment go, whenever they came here."""
    max_bytes: int | None = None
    """What all files of the store together may take on disk."""

    @classmethod
    def configured(cls, days: int, size_gb: float, now_ns: int) -> RetentionLimits:
        """From `[storage] max_retention_days` and `max_size_gb` (thousand million bytes); 0 sets no limit."""
        return cls(
            arrived_before_ns=now_ns - days * DAY_NS if days else None,
            max_bytes=int(size_gb * 1e9) if size_gb else None,
        )

    def __bool__(self) -> bool:
        """Whether there is any limit."""
        return any(
            each is not None for each in (self.arrived_before_ns, self.started_before_ns, self.max_bytes)
        )


@dataclass(frozen=True, slots=True)
class UpkeepStep:
    """One small transaction of a longer work."""

    took_s: float
    traces: int = 0
    """Traces that are gone from every list since this step."""
    spans: int = 0
    """Spans that were deleted from the file."""
    pages: int = 0
    """Pages that were given back to the disk."""


@dataclass(frozen=True, slots=True)
class RereadingProgress:
    """Whether stored spans were read by the rules and prices of today."""

    waiting_traces: int = 0
    """Traces that are still to be read again."""
    is_under_way: bool = False
    """`halo serve` has begun."""

    @property
    def is_current(self) -> bool:
        """Whether everything was read by the rules and prices of today."""
        return self.waiting_traces == 0


@dataclass(frozen=True, slots=True)
class PrunePlan:
    """What a prune would remove."""

    traces: int
    spans: int
    oldest_ns: int | None
    """Start of the first of them; None where there are none."""
    newest_ns: int | None
    bytes: int
    """About so much, by their share of all spans."""
    pinned_traces: int
    """Traces that stay whatever the limits say."""
    annotated_traces: int = 0
    """Of those that go: how many have a note, a verdict or a tag, or a span that has. It goes with them."""


@dataclass(frozen=True, slots=True)
class StoreSpace:
    """What the files of a store take on disk, in bytes."""

    database_bytes: int
    free_bytes: int
    """Of the database: pages that hold nothing and wait to be used again or given back."""
    log_bytes: int
    """The write-ahead log."""
    index_bytes: int
    """The full-text index with its log."""
    findings_bytes: int = 0
    """What rules found, with its log."""

    @property
    def total_bytes(self) -> int:
        """All files together."""
        return self.database_bytes + self.log_bytes + self.index_bytes + self.findings_bytes

    @property
    def used_bytes(self) -> int:
        """What the database holds."""
        return self.database_bytes - self.free_bytes


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the database and about how much of it it takes."""

    name: str
    """A table."""
    rows: int
    bytes: int
    """Estimated from a sample of the rows."""


@dataclass(frozen=True, slots=True)
class Period:
    """The traces that started within one day (UTC)."""

    day: str
    """ISO date."""
    traces: int
    spans: int


@dataclass(frozen=True, slots=True)
class SpaceReport:
    """What takes the space."""

    space: StoreSpace
    parts: tuple[Part, ...]
    """Largest first."""
    periods: tuple[Period, ...]
    """Newest first; days without a trace are left out."""
    pinned_traces: int
    leftovers: int
    """Removed traces whose spans are still being deleted."""
    copies: tuple[tuple[str, int], ...]
    """Copies beside the store (made before a migration or a restore) and their bytes; no part of its size."""
    conversations: int = 0
    """Of the analysis; no limit removes them."""
    conversation_bytes: int = 0
    """What they hold, without what the file needs around it."""
