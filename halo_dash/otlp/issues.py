"""What was wrong with a request that was readable as a whole: refused records and warnings."""

from __future__ import annotations

from dataclasses import dataclass, field

KEPT = 5
"""How many reasons are spelled out; the rest is counted. An answer stays short whatever the request."""


class UnreadableError(ValueError):
    """One record cannot be read. Never leaves this package: the record is refused instead."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands in its request, formatted only when there is something to say."""

    outer: str
    inner: str
    leaf: str
    resource: int
    scope: int

    def group(self) -> str:
        """`resourceSpans[0].scopeSpans[1]`."""
        return f"{self.outer}[{self.resource}].{self.inner}[{self.scope}]"

    def item(self, index: int) -> str:
        """`resourceSpans[0].scopeSpans[1].spans[3]`."""
        return f"{self.group()}.{self.leaf}[{index}]"


@dataclass(slots=True)
class Issues:
    """Filled while the records are read; complete when the iteration has ended."""

    rejected: int = 0
    skipped: int = 0
    """Log records without span context: nothing to join them to, which is no fault of the sender."""
    reasons: list[str] = field(default_factory=list)
    warned: int = 0
    warnings: list[str] = field(default_factory=list)

    def reject(self, where: str, why: str) -> None:
        """Count a refused record and remember why."""
        self.rejected += 1
        if len(self.reasons) < KEPT:
            self.reasons.append(f"{where}{why}")

    def warn(self, where: str, why: str) -> None:
        """Note what was changed to make a record storable."""
        self.warned += 1
        if len(self.warnings) < KEPT:
            self.warnings.append(f"{where}{why}")

    def message(self) -> str:
        """The English of `partial_success.error_message`; empty when all went well."""
        parts = []
        if self.rejected:
            more = self.rejected - len(self.reasons)
            parts.append("; ".join(self.reasons) + (f"; and {more} more" if more else ""))
        if self.warned:
            more = self.warned - len(self.warnings)
            parts.append("warning: " + "; ".join(self.warnings) + (f"; and {more} more" if more else ""))
        return "; ".join(parts)
