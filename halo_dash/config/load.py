"""Reading the configuration: every source, one answer, every problem at once."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from halo_dash.config import store_location
from halo_dash.config.keys import BY_NAME, KEYS, OTHER_VARIABLES, SECTIONS, Key
from halo_dash.config.prices import SECTION as PRICES
from halo_dash.config.prices import PriceOverride, read_prices
from halo_dash.config.settings import EngineSettings, Origin, Settings
from halo_dash.errors import UsageError

FILE_NAME = "halo.toml"
_STORE_FLAGS = {"db": "--db", "data_dir": "--data-dir", "storage": "--storage"}
_STORE_VARIABLES = {"db": "HALO_DB", "data_dir": "HALO_DATA_DIR", "storage": "HALO_STORAGE"}


def environment() -> dict[str, str]:
    """Return a copy of the process environment: the one place that reads it."""
    return dict(os.environ)


def load(
    flags: Mapping[str, object] | None = None,
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Settings:
    """Return the settings in effect.

    `flags` holds what the command line said, by field of `Settings` (None: not said) plus `config`,
    `db`, `data_dir` and `storage`. `env` and `cwd` stand in for the process's own.
    Raises UsageError that names every problem, each with where it stands and the mend.
    """
    reading = _Reading(dict(flags or {}), environment() if env is None else env, cwd or Path.cwd())
    settings = reading.settings()
    if reading.problems:
        count = len(reading.problems)
        title = f"The configuration has {count} problem{'s' if count > 1 else ''}:"
        raise UsageError("\n".join([title, *(f"  {problem}" for problem in reading.problems)]))
    assert settings is not None  # noqa: S101 - it is None only together with problems, raised above
    return settings


@dataclass
class _Reading:
    """One pass over all sources."""

    flags: dict[str, object]
    env: Mapping[str, str]
    cwd: Path
    problems: list[str] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)
    file: Path | None = None

    def settings(self) -> Settings | None:
        document = self._document()
        main: dict[str, Any] = {}
        engine: dict[str, Any] = {}
        for key in KEYS:
            value = self._store(document) if key.field == "store_path" else self._value(key, document)
            (engine if key.section == "engine" else main)[key.field] = value
        overrides = self._prices(document)
        for name in ("demo", "log_format", "quiet"):
            if self.flags.get(name) is not None:
                main[name] = self.flags[name]
        if self.problems:
            return None
        return Settings(
            **main,
            engine=EngineSettings(**engine),
            prices=overrides,
            config_file=self.file,
            origins=tuple(self.origins),
            warnings=self._warnings(),
        )

    def _document(self) -> dict[str, dict[str, object]]:
        """Read halo.toml into sections; what is not a known key becomes a problem."""
        said = self.flags.get("config") or self.env.get("HALO_CONFIG")
        path = self.cwd / Path(str(said)).expanduser() if said else find_file(self.cwd)
        if path is None:
            return {}
        try:
            document = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            self.problems.append(
                f"{path}: there is no such file. Make one with `halo init`, or mend --config."
            )
            return {}
        except (OSError, UnicodeDecodeError) as problem:
            self.problems.append(f"{path}: cannot be read ({problem}).")
            return {}
        except tomllib.TOMLDecodeError as problem:
            self.problems.append(f"{path}: is not valid TOML: {problem}.")
            return {}
        self.file = path
        return {name: self._section(path, name, content) for name, content in document.items()}

    def _section(self, path: Path, name: str, content: object) -> dict[str, object]:
        if name not in SECTIONS and name != PRICES:
            near = _nearest(name, (*SECTIONS, PRICES))
            self.problems.append(f"{path}: [{name}]: there is no such section{near}.")
            return {}
        if not isinstance(content, dict):
            self.problems.append(f"{path}: {name}: is a section; write [{name}] on a line of its own.")
            return {}
        if name == PRICES:
            return content
        leaves = {key.leaf: key for key in KEYS if key.section == name}
        for leaf in content:
            if leaf not in leaves:
                shown = {each for each, key in leaves.items() if key.in_file}
                self.problems.append(f"{path}: {name}.{leaf}: there is no such key{_nearest(leaf, shown)}.")
            elif not leaves[leaf].in_file:
                mend = f"a secret does not belong in a file; set the variable {leaves[leaf].variable}"
                self.problems.append(f"{path}: {name}.{leaf}: {mend}.")
        return content

    def _value(self, key: Key, document: dict[str, dict[str, object]]) -> object:
        """Return the value of one key from the strongest source that has it."""
        section = document.get(key.section, {})
        raw: object = key.default
        source, base = "default", self.file.parent if self.file else self.cwd
        if key.flag and (said := self.flags.get(key.field)) not in (None, ()):
            raw, source, base = said, key.flag.partition("/")[0], self.cwd
        elif key.variable in self.env:
            raw, source, base = self.env[key.variable], key.variable, self.cwd
        elif key.in_file and key.leaf in section:
            raw, source = section[key.leaf], str(self.file)
        if raw is None:
            value: object = None
        else:
            try:
                value = key.read(raw)
            except ValueError as problem:
                shown = "" if not key.in_file else f" {raw!r} will not do;"
                where = f"{source}: {key.name}" if source == str(self.file) else source
                self.problems.append(f"{where}:{shown} {problem}.")
                value = key.default
        if key.is_path:
            value = _absolute(value, base)
        self._remember(key, value, source)
        return value

    def _prices(self, document: dict[str, dict[str, object]]) -> tuple[PriceOverride, ...]:
        overrides, problems = read_prices(document.get(PRICES, {}))
        self.problems += [f"{self.file}: {problem}" for problem in problems]
        for each in overrides:
            self.origins.append(Origin(f'{PRICES}."{each.pattern}"', str(each), str(self.file)))
        return overrides

    def _store(self, document: dict[str, dict[str, object]]) -> Path | None:
        """Return the store's file: a flag, a variable, halo.toml, or the place for a user's data."""
        key = BY_NAME["storage.path"]
        from_env = {way: self.env.get(name) for way, name in _STORE_VARIABLES.items()}
        from_flags = {way: _text(self.flags.get(way)) for way in _STORE_FLAGS}
        try:
            found = store_location.chosen(from_flags, _STORE_FLAGS, self.cwd)
            found = found or store_location.chosen(from_env, _STORE_VARIABLES, self.cwd)
        except ValueError as problem:
            self.problems.append(f"Where the store is: {problem}.")
            return None
        if found is None and self.file is not None:
            section = document.get("storage", {})
            source = str(self.file) if key.leaf in section else "default"
            try:
                folder = key.read(section.get(key.leaf, key.default))
                found = store_location.in_folder(str(folder), self.file.parent), source
            except ValueError as problem:
                self.problems.append(f"{source}: {key.name}: {problem}.")
                return None
        if found is None:
            found = store_location.user_folder() / store_location.STORE_FILE, "default"
        self._remember(key, found[0], found[1])
        return found[0]

    def _remember(self, key: Key, value: object, source: str) -> None:
        shown = _shown(value) if key.in_file or value is None else "(set)"
        self.origins.append(Origin(key=key.name, value=shown, source=source))

    def _warnings(self) -> tuple[str, ...]:
        known = {key.variable for key in KEYS} | set(OTHER_VARIABLES)
        odd = sorted(name for name in self.env if name.startswith("HALO_") and name not in known)
        return tuple(f"{name} is set, but no setting reads it{_nearest(name, known)}." for name in odd)


def find_file(start: Path) -> Path | None:
    """Return the halo.toml in `start` or in the nearest folder above it."""
    return next((path for folder in (start, *start.parents) if (path := folder / FILE_NAME).is_file()), None)


def _nearest(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def _absolute(value: object, base: Path) -> object:
    if isinstance(value, tuple):
        return tuple((base / Path(item).expanduser()).absolute() for item in value)
    return (base / Path(str(value)).expanduser()).absolute()


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _shown(value: object) -> str:
    if value is None or value == ():
        return "(none)"
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
