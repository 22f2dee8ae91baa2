"""What snapshots are called, which version this program writes, and what one holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

FORMAT: Final = "halo-snapshot"
VERSION: Final = 1
"""Raise it when an older program could not read the file rightly; new members alone need no new version."""


@dataclass(frozen=True, slots=True)
class SnapshotSummary:
    """What a snapshot holds."""

    traces: int
    spans: int
    log_records: int
    content_hash: str
    """`sha256:` and 64 hexadecimal digits."""
    annotations: int = 0
