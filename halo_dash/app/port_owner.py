"""Who listens on a port, as far as this user may know."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_LISTEN = "0A"
"""TCP_LISTEN in /proc/net/tcp (Linux, include/net/tcp_states.h)."""
_SHOWN = 80
_OURS = re.compile(r"\bhalo(_dash)?\b.*\bserve\b|\bhalo_dash\.app\b")


def describe_owner(port: int) -> str | None:
    """Return `name (pid 42: command line)` of the process that listens on the port, or None."""
    found = _from_proc(port) if sys.platform == "linux" else _from_lsof(port)
    if found is None:
        return None
    pid, name, command = found
    detail = f"{command[:_SHOWN]}…" if len(command) > _SHOWN else command
    return f"{name} (pid {pid}: {detail})" if detail else f"{name} (pid {pid})"


def is_ours(owner: str | None) -> bool:
    """Whether the described owner is a `halo serve`."""
    return owner is not None and _OURS.search(owner) is not None


def _from_proc(port: int) -> tuple[int, str, str] | None:
    wanted = {f"socket:[{inode}]" for inode in _inodes(port)}
    if not wanted:
        return None
    for process in sorted(
        (p for p in Path("/proc").iterdir() if p.name.isdigit()), key=lambda p: int(p.name)
    ):
        # Processes of other users hide their files, and any process may end while it is looked at.
        with contextlib.suppress(OSError):
            if any(str(link.readlink()) in wanted for link in (process / "fd").iterdir()):
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                return int(process.name), (process / "comm").read_text().strip(), command.strip()
    return None


def _inodes(port: int) -> Iterator[str]:
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTEN and int(fields[1].rpartition(":")[2], 16) == port:
                    yield fields[9]


def _from_lsof(port: int) -> tuple[int, str, str] | None:
    lsof = shutil.which("lsof")
    if lsof is None:
        return None
    try:
        answer = subprocess.run(  # noqa: S603 - a fixed program with a number
            [lsof, "-nP", f"-iTCP:{port}", "-sTCP:LISTEN", "-Fpc"],
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    fields = {line[0]: line[1:] for line in reversed(answer.stdout.splitlines()) if line}
    return (int(fields["p"]), fields.get("c", "a program"), "") if fields.get("p", "").isdigit() else None
