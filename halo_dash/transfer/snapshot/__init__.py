"""Snapshots: traces as one JSON file that loses nothing (docs/snapshots.md)."""

from halo_dash.transfer.snapshot.form import FORMAT, VERSION, SnapshotSummary
from halo_dash.transfer.snapshot.reader import SnapshotSource
from halo_dash.transfer.snapshot.writer import write_snapshot

__all__ = ["FORMAT", "VERSION", "SnapshotSource", "SnapshotSummary", "write_snapshot"]
