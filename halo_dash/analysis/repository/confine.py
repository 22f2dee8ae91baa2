"""Which files may be read: those inside the repository that do not look like secrets."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

from halo_dash.errors import InvalidInputError, NotFoundError

SECRET_NAMES = (
    ".env*",
    ".netrc",
    ".npmrc",
    ".pypirc",
    ".git-credentials",
    ".htpasswd",
    "*.pem",
    "*.key",
    "*.p12",
    "*.pfx",
    "*.jks",
    "*.keystore",
    "*.kdbx",
    "*.tfstate*",
    "id_rsa*",
    "id_dsa*",
    "id_ecdsa*",
    "id_ed25519*",
    "credentials",
    "credentials.json",
    "credentials.y*ml",
    "secrets.json",
    "secrets.toml",
    "secrets.y*ml",
)
"""Names of files that hold keys by custom; what is read is sent to a model's provider."""
SECRET_FOLDERS = (".ssh", ".aws", ".gnupg", ".azure", ".kube")


def inside(root: Path, path: str) -> Path:
    """The file or folder `path` names, relative to `root` or absolute. `root` is resolved already.

    Raises `InvalidInputError` for one that leads out of the repository (also through a link), into `.git`, or
    to what looks like a secret; `NotFoundError` where there is nothing.
    """
    try:
        found = (root / path.strip()).resolve()
        relative = found.relative_to(root)
    except (ValueError, OSError, RuntimeError):
        raise InvalidInputError(
            f"{path!r} is not inside the repository.", hint="Give a path relative to the repository's root."
        ) from None
    # Where the file system knows no case, .GIT is the same folder.
    if ".git" in (part.lower() for part in relative.parts):
        raise InvalidInputError(
            "The folder .git is not read; git_log, git_show and git_blame tell its history."
        )
    if is_secret(relative):
        raise InvalidInputError(f"{relative.as_posix()} looks like a secret by its name and is not read.")
    if not found.exists():
        raise NotFoundError(f"There is no {path!r} in the repository.", hint="Ask repo_glob for names.")
    return found


def is_secret(relative: Path) -> bool:
    """Whether the name of the file, or of a folder it lies in, is one of secrets."""
    if any(part.lower() in SECRET_FOLDERS for part in relative.parts):
        return True
    return any(fnmatchcase(relative.name.lower(), name) for name in SECRET_NAMES)


def pathspecs(root: Path, path: str | None) -> tuple[str, ...]:
    """What git may look at: the path, or all of the repository, without what looks like secrets.

    Raises as `inside` does, but for a path that is there no more: history has it.
    """
    if path is None:
        chosen = "."
    else:
        try:
            chosen = inside(root, path).relative_to(root).as_posix()
        except NotFoundError:
            chosen = (root / path.strip()).resolve().relative_to(root).as_posix()
    secrets = (f":(exclude,icase,glob)**/{name}" for name in SECRET_NAMES)
    folders = (f":(exclude,icase,glob)**/{name}/**" for name in SECRET_FOLDERS)
    return ("." if chosen == "." else f":(literal){chosen}", *secrets, *folders)
