"""Keys: the environment, then the keyring of the operating system; never a file of ours."""

from __future__ import annotations

import importlib
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

SERVICE = "halo-dash"
"""Where keys lie in the OS keyring; the user name there is the name of the environment variable."""
_PATIENCE_S = 5.0
_KEPT_S = 30.0
"""A keyring may ask a person or another process; it is not asked again for every call."""

KeySource: TypeAlias = Literal["environment", "keyring"]


@dataclass(frozen=True, slots=True)
class FoundKey:
    """A key and where it was found. Shows itself without the key."""

    source: KeySource
    value: str

    def __repr__(self) -> str:
        """Nothing secret."""
        return f"FoundKey(source={self.source!r})"


def find_key(api_key_env: str, environ: Mapping[str, str] | None = None) -> str | None:
    """The key: from the environment variable of this name, else from the OS keyring. None: there is none."""
    found = look_for_key(api_key_env, environ)
    return found.value if found else None


def look_for_key(api_key_env: str, environ: Mapping[str, str] | None = None) -> FoundKey | None:
    """The same with the place where it was found."""
    value = (os.environ if environ is None else environ).get(api_key_env, "").strip()
    if value:
        return FoundKey("environment", value)
    value = _from_keyring(api_key_env)
    return FoundKey("keyring", value) if value else None


_kept: dict[str, tuple[float, str]] = {}
_lock = threading.Lock()


def _from_keyring(name: str) -> str:
    with _lock:
        until, value = _kept.get(name, (0.0, ""))
        if time.monotonic() < until:
            return value
    # It may ask a person to open it, and nobody may be there: it is left asking, and heard later.
    asking = threading.Thread(target=_ask_keyring, args=(name,), daemon=True)
    asking.start()
    asking.join(_PATIENCE_S)
    with _lock:
        return _kept.get(name, (0.0, ""))[1]


def _ask_keyring(name: str) -> None:
    try:
        # An optional extra; without it there is no keyring.
        keyring = importlib.import_module("keyring")
        value = str(keyring.get_password(SERVICE, name) or "").strip()
    except Exception:  # noqa: BLE001 - a locked, missing or broken keyring is a missing key, whatever it raises
        value = ""
    with _lock:
        _kept[name] = (time.monotonic() + _KEPT_S, value)


def forget_keys() -> None:
    """Ask the keyring anew at the next look."""
    with _lock:
        _kept.clear()
