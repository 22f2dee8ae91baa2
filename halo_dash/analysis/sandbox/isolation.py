"""The program that workers are started with: the interpreter, with as little around it as can be here.

The interpreter has no files, network or environment in its language. What is done here is for the day when
it has a hole: an empty environment (keys lie in ours), no files to write, few to open, and, where bubblewrap
is installed, own mounts, network and processes, with nothing there but the interpreter and the C library.
"""

from __future__ import annotations

import atexit
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/nix/store", "/gnu/store")
_CPU_S = 7_200
"""Of one worker in all: the last thing that ends one which hears nothing any more."""
_lock = threading.Lock()
_made: dict[str | None, Isolation] = {}


@dataclass(frozen=True, slots=True)
class Isolation:
    """How workers are started."""

    kind: Literal["bubblewrap", "limits", "none"]
    binary: str | None
    """None: the one that the interpreter's package finds by itself."""


def isolation(bubblewrap: str | None = None) -> Isolation:
    """The best there is here; found once a process. `bubblewrap` is its path where it is not on PATH."""
    with _lock:
        made = _made.get(bubblewrap)
        # Folders of temporary files are swept, and a server runs for months.
        if made is None or (made.binary is not None and not Path(made.binary).exists()):
            _made[bubblewrap] = _best(bubblewrap or shutil.which("bwrap"))
        return _made[bubblewrap]


def _best(bubblewrap: str | None) -> Isolation:
    installed = Path(sysconfig.get_path("scripts")) / "monty"
    monty = str(installed) if installed.is_file() else shutil.which("monty")
    if sys.platform == "win32" or monty is None:
        return Isolation("none", None)
    folder = Path(tempfile.mkdtemp(prefix="halo-code-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    plain = f"exec env -i {shlex.quote(monty)}"
    if bubblewrap and sys.platform == "linux":
        mounts = " ".join(f"--ro-bind-try {path} {path}" for path in _LIBRARIES)
        # Not --die-with-parent: that ends a worker with the thread that started it.
        wrapped = (
            f"exec {shlex.quote(bubblewrap)} --unshare-all --new-session --clearenv {mounts}"
            f" --ro-bind {shlex.quote(monty)} /monty --chdir / -- /monty"
        )
        if (script := _script(folder / "wrapped", wrapped)) is not None:
            return Isolation("bubblewrap", script)
    if (script := _script(folder / "limited", plain)) is not None:
        return Isolation("limits", script)
    return Isolation("none", None)


def _script(path: Path, command: str) -> str | None:
    """A program that starts workers; None where it cannot run: no user namespaces, no programs there."""
    limits = f"ulimit -c 0; ulimit -f 0; ulimit -n 64; ulimit -t {_CPU_S}"
    # What the worker says on stderr is for its own developers; errors come over its protocol.
    path.write_text(f'#!/bin/sh\n{limits}\n{command} "$@" 2>/dev/null\n', encoding="utf-8")
    path.chmod(0o700)
    try:
        tried = subprocess.run([str(path), "--version"], capture_output=True, timeout=10, check=False)  # noqa: S603 - our own script
    except (OSError, subprocess.TimeoutExpired):
        return None
    return str(path) if tried.returncode == 0 and b"monty" in tried.stdout else None
