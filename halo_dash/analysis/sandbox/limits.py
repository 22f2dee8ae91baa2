"""How far a cell may go, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeLimits:
    """Bounds of a code session."""

    seconds: float = 10.0
    """Of running code in one cell; waiting for our functions does not count."""
    memory_bytes: int = 256 * 1024 * 1024
    """Of all variables together with what a cell makes for a while."""
    recursion: int = 200
    calls: int = 2_000
    """Of our functions in one cell."""
    printed_chars: int = 20_000
    """That are shown of what one cell prints."""
    value_chars: int = 4_000
    """That are shown of a cell's last value."""
    code_chars: int = 100_000
    """Of one cell."""
    dump_bytes: int = 48 * 1024 * 1024
    """Of all variables, as they are kept between cells; compressed they take a part of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellResult:
    """What one cell did."""

    printed: str
    """At most `CodeLimits.printed_chars` of it."""
    printed_chars: int
    """All that was printed."""
    value_repr: str | None
    """Of the last expression; None where the last line is none, or its value is None."""
    error: str | None
    """A traceback as Python writes it."""
    is_over_limit: bool = False
    """It was stopped, or what it made was too large."""
    note: str = ""
    """What happened to the variables, where something did."""
    calls: int = 0
    """Of our functions."""

    @property
    def text(self) -> str:
        """As the model is shown it."""
        parts = [self.printed]
        if self.printed_chars > len(self.printed):
            more = self.printed_chars - len(self.printed)
            parts.append(f"[{more:,} more characters were printed; the values stay in variables]")
        if self.value_repr is not None:
            parts.append(self.value_repr)
        if self.error is not None:
            parts.append(self.error)
        if self.note:
            parts.append(f"[{self.note}]")
        return "\n".join(part.rstrip("\n") for part in parts if part) or "[nothing was printed]"
