"""Reading a repository: tree, glob, grep, read, and what git knows of its past.

Read-only and confined to the folder. What is read goes to a model's provider, so files whose names are those
of secrets are left out everywhere, also of diffs. Answers are bounded and say what follows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any

from halo_dash.analysis.repository.confine import inside, is_secret, pathspecs
from halo_dash.analysis.repository.git import Answer, Git, is_plain
from halo_dash.errors import HaloError, InvalidInputError, NotFoundError
from halo_dash.model.report import CodePlace

FILES = 400
"""Names in one answer."""
LINES = 400
"""Lines of a file in one answer."""
READ = 16_384
"""Characters of a file in one answer."""
LARGEST = 2 * 1024 * 1024
"""A larger file is not read: it is data, not code."""
_SKIPPED = {
    "node_modules",
    "__pycache__",
    ".venv",
    "venv",
    "dist",
    "build",
    ".tox",
    ".mypy_cache",
    ".pytest_cache",
}


class Repository:
    """One folder of code. Thread-safe. Raises `NotFoundError` when there is no such folder."""

    def __init__(self, path: str | Path) -> None:
        root = Path(path).expanduser().resolve()
        if not root.is_dir():
            raise NotFoundError(
                f"There is no folder {root}.", hint="Give the repository's folder with --repo-path."
            )
        self.root = root
        self._git = Git(root)
        self.has_history = self._git.is_there

    def tree(self, path: str = ".", depth: int = 2) -> dict[str, Any]:
        """Folders and files below `path`, folders beyond `depth` as their number of files."""
        start = PurePosixPath(inside(self.root, path).relative_to(self.root).as_posix())
        entries: Counter[str] = Counter()
        for name in self._names():
            if start != PurePosixPath() and not name.is_relative_to(start):
                continue
            parts = name.relative_to(start).parts
            shown = "/".join(parts[:depth]) + ("/" if len(parts) > depth else "")
            entries[shown] += 1
        lines = [
            f"{name} ({n:,} files)" if name.endswith("/") else name for name, n in sorted(entries.items())
        ]
        return _listed(lines, "entries", "Name a folder in it with path.")

    def glob(self, pattern: str) -> dict[str, Any]:
        """Files whose path matches, as in a shell: `**/*.py`, `src/*/tool*.ts`."""
        found = [str(name) for name in self._names() if _matches(name, pattern)]
        return _listed(sorted(found), "files", "Make the pattern narrower.")

    def grep(self, pattern: str, glob: str | None = None, *, ignore_case: bool = False) -> dict[str, Any]:
        """Lines that match an extended regular expression (POSIX, as `grep -E`)."""
        flags = ["-I", "-n", "-E", "--no-color", "--full-name"] + (["-i"] if ignore_case else [])
        flags += ["--untracked"] if self.has_history else ["--no-index", "--exclude-standard"]
        specs = list(pathspecs(self.root, None))
        if glob:
            if glob.startswith((":", "/", "-")) or ".." in PurePosixPath(glob).parts:
                raise InvalidInputError(f"{glob!r} is no pattern of files inside the repository.")
            specs[0] = f":(glob){glob if '/' in glob else f'**/{glob}'}"
        said = self._git.ask("grep", [*flags, "-e", pattern], specs)
        lines = said.text.splitlines()
        more = "" if said.is_whole else "There is more: make the pattern or the glob narrower."
        return {"matches": lines if said.is_whole else lines[:-1], "more": more}

    def read(self, path: str, start: int = 1, lines: int = LINES) -> dict[str, Any]:
        """Lines of a file from `start` (the first is 1), numbered. `next_start` is null at its end."""
        found = inside(self.root, path)
        if not found.is_file():
            raise InvalidInputError(f"{path!r} is no file.", hint="repo_tree lists a folder.")
        if found.stat().st_size > LARGEST:
            raise InvalidInputError(f"{path!r} has {found.stat().st_size:,} bytes: too large to be code.")
        content = found.read_bytes()
        if b"\0" in content[:8192]:
            raise InvalidInputError(f"{path!r} is no text.")
        every = content.decode(errors="replace").splitlines()
        first = max(1, start)
        shown: list[str] = []
        room = READ
        for number, line in enumerate(every[first - 1 : first - 1 + min(max(1, lines), LINES)], first):
            text = f"{number}: {line}"
            room -= len(text) + 1
            if room < 0 and shown:
                break
            shown.append(text if room >= 0 else f"{text[:READ]} … (the line has {len(line):,} characters)")
        after = first + len(shown)
        return {
            "path": found.relative_to(self.root).as_posix(),
            "text": "\n".join(shown),
            "lines": len(every),
            "next_start": after if after <= len(every) else None,
        }

    def log(self, path: str | None = None, limit: int = 20) -> dict[str, Any]:
        """Commits, newest first: `id date author subject`."""
        return self._commits([], path, limit)

    def pickaxe(self, text: str, path: str | None = None, limit: int = 20) -> dict[str, Any]:
        """Commits that changed how often `text` occurs: those that introduced or removed it."""
        return self._commits([f"-S{text}"], path, limit)

    def show(self, commit: str, path: str | None = None) -> dict[str, Any]:
        """A commit: its message and its changes."""
        flags = ["--no-ext-diff", "--no-textconv", "--stat", "--patch", "--format=fuller", "--end-of-options"]
        return _told(self._git.ask("show", [*flags, self._revision(commit)], pathspecs(self.root, path)))

    def diff(self, before: str, after: str = "HEAD", path: str | None = None) -> dict[str, Any]:
        """What changed from one revision to another."""
        revisions = [self._revision(before), self._revision(after)]
        flags = ["--no-ext-diff", "--no-textconv", "--stat", "--patch", "--end-of-options"]
        return _told(self._git.ask("diff", [*flags, *revisions], pathspecs(self.root, path)))

    def blame(self, path: str, start: int, end: int) -> dict[str, Any]:
        """In which commit of HEAD each line from `start` to `end` was written."""
        found = inside(self.root, path).relative_to(self.root).as_posix()
        # Of HEAD: for files as they lie in the folder git may run a filter that the repository names.
        span = f"{max(1, start)},{max(1, start, min(end, start + LINES))}"
        return _told(self._git.ask("blame", ["-s", "--no-textconv", "-L", span, "HEAD"], [found]))

    def verify(self, place: CodePlace) -> CodePlace:
        """The same, with whether the file has that line and the commit is one of this repository."""
        try:
            found = inside(self.root, place.path)
            if not found.is_file():
                raise InvalidInputError(f"{place.path!r} is no file.")
            if place.line is not None:
                total = len(found.read_bytes().splitlines()) if found.stat().st_size <= LARGEST else 0
                if not 1 <= place.line <= total:
                    raise InvalidInputError(f"{place.path} has {total:,} lines, so no line {place.line}.")
            if place.commit is not None and self._git.knows(place.commit) is None:
                raise InvalidInputError(f"There is no commit {place.commit!r} in the repository.")
        except (HaloError, OSError) as error:
            return replace(place, is_verified=False, problem=str(error))
        return replace(place, is_verified=True, problem="")

    def _commits(self, search: list[str], path: str | None, limit: int) -> dict[str, Any]:
        number = min(max(1, limit), FILES)
        form = [
            "--no-ext-diff",
            "--no-textconv",
            "--no-show-signature",
            "--date=short",
            "--format=%h %ad %an: %s",
        ]
        said = self._git.ask("log", [*search, *form, f"--max-count={number + 1}"], pathspecs(self.root, path))
        lines = said.text.splitlines()
        more = (
            "" if len(lines) <= number and said.is_whole else "There are more: give a path or a larger limit."
        )
        return {"commits": lines[:number], "more": more}

    def _revision(self, revision: str) -> str:
        if not is_plain(revision):
            raise InvalidInputError(
                f"{revision!r} names no single revision.", hint="Give a commit, branch or tag."
            )
        return revision

    def _names(self) -> Iterator[PurePosixPath]:
        """Of files that are tracked, or would be; secrets left out."""
        for name in self._listed() if self.has_history else self._walked():
            if not is_secret(Path(name)):
                yield name

    def _listed(self) -> Iterator[PurePosixPath]:
        said = self._git.ask(
            "ls-files", ["-co", "--exclude-standard", "-z", "--deduplicate"], limit=LARGEST * 4
        )
        for name in said.text.split("\0"):
            if name:
                yield PurePosixPath(name)

    def _walked(self) -> Iterator[PurePosixPath]:
        folders = [self.root]
        while folders:
            for entry in sorted(folders.pop().iterdir()):
                if entry.is_symlink() or entry.name in _SKIPPED or entry.name.lower() == ".git":
                    continue
                if entry.is_dir():
                    folders.append(entry)
                elif entry.is_file():
                    yield PurePosixPath(entry.relative_to(self.root).as_posix())


def _matches(name: PurePosixPath, pattern: str) -> bool:
    """`**/` stands for any number of folders, also none; a pattern without a slash for a file anywhere."""
    if "/" not in pattern:
        return fnmatchcase(name.name, pattern)
    return _parts_match(name.parts, PurePosixPath(pattern).parts)


def _parts_match(parts: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    reached = {0}
    for each in pattern:
        if each == "**":
            reached = {later for start in reached for later in range(start, len(parts) + 1)}
        else:
            reached = {at + 1 for at in reached if at < len(parts) and fnmatchcase(parts[at], each)}
    return len(parts) in reached


def _listed(lines: list[str], noun: str, hint: str) -> dict[str, Any]:
    more = f"{len(lines) - FILES:,} more. {hint}" if len(lines) > FILES else ""
    return {noun: lines[:FILES], "total": len(lines), "more": more}


def _told(said: Answer) -> dict[str, Any]:
    return {"text": said.text, "more": "" if said.is_whole else "There is more: name a path."}
