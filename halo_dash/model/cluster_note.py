"""What people say of a failure cluster: a name, a note, that it is not to be shown, that it is fixed."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST_TITLE = 120
LONGEST_NOTE = 4_000


@dataclass(frozen=True, slots=True)
class ClusterNote:
    """All of it for one cluster, or for a group of clusters."""

    name: str
    """Of the cluster, as in addresses."""
    title: str = ""
    """What people call it; empty where its own title does."""
    note: str = ""
    is_muted: bool = False
    fixed_ns: int | None = None
    """When somebody said that it is fixed."""
    changed_ns: int = 0

    def __bool__(self) -> bool:
        """Whether anything is said."""
        return bool(self.title or self.note or self.is_muted or self.fixed_ns is not None)

    def is_back(self, last_ns: int) -> bool:
        """Whether a run that started at `last_ns` has it although it was said to be fixed."""
        return self.fixed_ns is not None and last_ns > self.fixed_ns


@dataclass(frozen=True, slots=True)
class ClusterNoteChange:
    """What is to be changed; None leaves it as it is, an empty text takes it away."""

    title: str | None = None
    note: str | None = None
    is_muted: bool | None = None
    is_fixed: bool | None = None

    def __bool__(self) -> bool:
        """Whether anything is to be changed."""
        return self != ClusterNoteChange()
