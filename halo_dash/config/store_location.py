"""Where the store is: the flags, variables and the key that can say so, brought to one path."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

STORE_FILE = "halo.db"
_SQLITE = "sqlite:///"


def in_folder(folder: str, base: Path) -> Path:
    """Return the store's file in a data folder; a relative folder starts at `base`."""
    return (base / Path(folder).expanduser() / STORE_FILE).absolute()


def at_path(path: str, base: Path) -> Path:
    """Return the store's file at a path; a relative path starts at `base`."""
    if path.strip() in {"", ":memory:"}:
        raise ValueError("give the path of a file: the collector and the dashboard meet in it")
    found = (base / Path(path).expanduser()).absolute()
    if found.is_dir():
        raise ValueError(f"{found} is a folder: give a file in it, or use --data-dir")
    return found


def at_url(url: str, base: Path) -> Path:
    """Return the store's file of a storage URL (`sqlite:///relative` or `sqlite:////absolute`)."""
    if not url.startswith(_SQLITE) or url == _SQLITE:
        raise ValueError(
            "use sqlite:///PATH (four slashes before an absolute path); no other store exists yet"
        )
    return at_path(url.removeprefix(_SQLITE), base)


WAYS = {"db": at_path, "data_dir": in_folder, "storage": at_url}


def chosen(given: Mapping[str, str | None], names: Mapping[str, str], base: Path) -> tuple[Path, str] | None:
    """Return the path and the name of the one way that was given, or None when none was.

    `given` maps `db`, `data_dir` and `storage` to what was said; `names` maps them to the flag or
    variable as the user knows it. Raises ValueError when two ways compete or the value is wrong.
    """
    said = {way: value for way, value in given.items() if value is not None}
    if not said:
        return None
    if len(said) > 1:
        raise ValueError(f"use one of {', '.join(names[way] for way in said)}: each says where the store is")
    way, value = next(iter(said.items()))
    return WAYS[way](value, base), names[way]


def user_folder() -> Path:
    """Return the folder for a user's data on this system."""
    # Imported where it is needed: a configured path makes the 30 ms of this import pointless.
    from platformdirs import user_data_path  # noqa: PLC0415 - see above

    return user_data_path("halo-dash", appauthor=False)
