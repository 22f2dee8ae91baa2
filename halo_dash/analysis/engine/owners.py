"""Names for whoever executes a run, by which another process can tell whether that one is gone."""

from __future__ import annotations

import itertools
import os
import platform
import secrets
from functools import cache
from hashlib import blake2b
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_PID_NAMESPACE = Path("/proc/self/ns/pid")


@cache
def place() -> str:
    """Where numbers of processes mean the same: this machine since it started, and this container.

    Not kept across a fork into another namespace, which nothing here does.
    """
    try:
        boot_id = _BOOT_ID.read_text(encoding="ascii").strip()
        namespace = str(_PID_NAMESPACE.readlink())
    except OSError:
        boot_id = namespace = ""  # no Linux: the name of the machine has to do
    whole = f"{platform.node()} {boot_id} {namespace}"
    return blake2b(whole.encode("utf-8", "replace"), digest_size=8).hexdigest()


def named(pid: int, number: int = 0, where: str | None = None) -> str:
    """A name that no other execution has, also of the same run in the same process."""
    return f"{pid}@{where or place()}/{secrets.token_hex(4)}.{number}"


class Owners:
    """The names of one process, one for each execution. Thread-safe."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def next(self) -> str:
        """A name that was not given before."""
        return named(os.getpid(), next(self._numbers))


def is_gone(owner: str) -> bool:
    """Whether the process of that name has ended; False where nobody here can tell.

    The number of a process says nothing on another machine or in another container: there only silence tells.
    """
    number, _, rest = owner.partition("@")
    if os.name != "posix" or not number.isdigit() or rest.partition("/")[0] != place():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False
