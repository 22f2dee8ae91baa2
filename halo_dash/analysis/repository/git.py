"""Asking git, so that a repository can neither run anything nor answer for ever."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from halo_dash.errors import InvalidInputError, UnavailableError

OUTPUT = 16_384
"""Bytes of one answer."""
TIMEOUT_S = 10.0
"""A search through the history of a large repository takes longer; then it is told to look at less."""

# A repository's own configuration can name programs for git to run (a file system monitor, hooks, a pager,
# drivers of diffs and texts, a fetch of missing objects): each is switched off. With that it does not matter
# who owns the folder. https://git-scm.com/docs/git#_security
_SAFE = (
    "--no-pager",
    "--no-optional-locks",
    "--no-replace-objects",
    "-c", "core.fsmonitor=false",
    "-c", "core.hooksPath=/dev/null",
    "-c", "core.pager=cat",
    "-c", "core.attributesFile=/dev/null",
    "-c", "core.quotePath=false",
    "-c", "diff.external=",
    "-c", "log.showSignature=false",
    "-c", "gpg.program=false",
    "-c", "protocol.allow=never",
    "-c", "color.ui=false",
    "-c", "submodule.recurse=false",
    "-c", "safe.directory=*",
)  # fmt: skip
_KEPT = ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "LANG")


@dataclass(frozen=True, slots=True)
class Answer:
    """What git said."""

    text: str
    is_whole: bool
    """Nothing followed."""


class Git:
    """Git over one folder. Thread-safe."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._program = shutil.which("git")

    def ask(
        self, command: str, arguments: Sequence[str], pathspecs: Sequence[str] = (), *, limit: int = OUTPUT
    ) -> Answer:
        """Run `git COMMAND ARGUMENTS -- PATHSPECS`. What a model wrote must not stand for an option.

        Raises `UnavailableError` without git or beyond the time, `InvalidInputError` with what git says.
        """
        if self._program is None:
            raise UnavailableError("git is not installed here.", hint="Files can be read; history cannot.")
        paths = ("--", *pathspecs) if pathspecs else ()
        process = subprocess.Popen(  # noqa: S603 - git alone, with arguments that are made here
            [self._program, "-C", os.fspath(self._root), *_SAFE, command, *arguments, *paths],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(),
        )
        return _answer(process, command, limit)

    def knows(self, revision: str) -> str | None:
        """The whole id of a commit; None where there is none."""
        if not is_plain(revision):
            return None
        try:
            found = self.ask(
                "rev-parse", ["--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"]
            )
        except InvalidInputError:
            return None
        return found.text.strip() or None

    @property
    def is_there(self) -> bool:
        """Whether the folder is part of a git repository, and git is installed."""
        try:
            return self.ask("rev-parse", ["--is-inside-work-tree"]).text.strip() == "true"
        except (InvalidInputError, UnavailableError):
            return False


def is_plain(revision: str) -> bool:
    """Whether it names a revision and nothing else: no option, no range, no path."""
    return bool(revision) and not revision.startswith("-") and ":" not in revision and ".." not in revision


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_EXTERNAL_DIFF": "",
        "HOME": os.devnull,
    }


def _answer(process: subprocess.Popen[bytes], command: str, limit: int) -> Answer:
    late = threading.Event()

    def end() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(TIMEOUT_S, end)
    timer.start()
    assert process.stdout is not None  # noqa: S101 - it was asked for
    assert process.stderr is not None  # noqa: S101 - the same
    errors: list[bytes] = []
    drain = threading.Thread(
        target=lambda: errors.append(process.stderr.read(4096) if process.stderr else b"")
    )
    drain.start()
    try:
        said = process.stdout.read(limit + 1)
        if len(said) > limit:
            process.kill()
        process.wait()
    finally:
        timer.cancel()
        drain.join()
        process.stdout.close()
        process.stderr.close()
    if late.is_set():
        raise UnavailableError(
            f"git {command} took longer than {TIMEOUT_S:.0f} s and was stopped.",
            hint="Name a path, or ask for fewer commits.",
        )
    is_whole = len(said) <= limit
    if is_whole and process.returncode not in (0, 1):
        raise InvalidInputError(_words(errors[0].decode(errors="replace"), command))
    return Answer(said[:limit].decode(errors="replace"), is_whole)


def _words(error: str, command: str) -> str:
    first = next((line for line in error.splitlines() if line.strip()), "it failed without a word")
    return f"git {command}: {first.removeprefix('fatal: ')}"
