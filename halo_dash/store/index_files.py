"""Where what is derived from the store lies: files of its own beside the store, numbered.

The full-text index and the findings can always be made again from the store, so they are no part of a
backup. A new one is built under another name and published by giving it the next number; whoever reads or
writes the older one moves on when it sees that, and the older one goes. No file is ever put in place of
one that is open.
"""

from __future__ import annotations

import contextlib
import glob
from pathlib import Path

_SIDES = ("", "-wal", "-shm", "-journal")


class IndexFiles:
    """The names of the index of one store, or of its findings."""

    def __init__(self, store_path: Path, kind: str = "index") -> None:
        self._folder = store_path.parent
        self._start = f"{store_path.name}.{kind}"
        self._pattern = f"{glob.escape(self._start)}*"
        self.building = self._folder / f"{self._start}.new"
        """An index in the making: it survives a crash, and building goes on in it."""

    def path(self, number: int) -> Path:
        """The file of a number."""
        return self._folder / f"{self._start}{number}"

    def newest(self) -> int:
        """The number of the published index; 0 where there is none."""
        names = (path.name.removeprefix(self._start) for path in self._folder.glob(self._pattern))
        return max((int(name) for name in names if name.isascii() and name.isdigit()), default=0)

    def is_newest(self, number: int) -> bool:
        """Whether this one is there and none was published after it. Cheap: asked for every search."""
        return self.path(number).exists() and not self.path(number + 1).exists()

    def inode(self, number: int) -> int:
        """Which file has that number now; 0 where none has."""
        try:
            return self.path(number).stat().st_ino
        except OSError:
            return 0

    def publish(self) -> int:
        """Give what was built the next number. It must be closed, with nothing left in its log."""
        number = self.newest() + 1
        # Whoever else built in the same file has published it already.
        with contextlib.suppress(FileNotFoundError):
            self.building.rename(self.path(number))
        return self.newest()

    def remove_older(self, than: int) -> None:
        """Remove every index published before one; where somebody still has it open that may be later."""
        for number in range(max(1, than - 3), than):
            self.remove(self.path(number))

    def remove(self, path: Path) -> None:
        """Remove an index with its log."""
        for side in _SIDES:
            with contextlib.suppress(OSError):
                path.with_name(path.name + side).unlink(missing_ok=True)

    def size(self) -> int:
        """Bytes of all files of the index together."""
        total = 0
        for path in self._folder.glob(self._pattern):
            with contextlib.suppress(FileNotFoundError):
                total += path.stat().st_size
        return total
