"""One server: its address, the way there, and what was learnt about it."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from halo_dash import __version__
from halo_dash.analysis.provider.address import Address
from halo_dash.analysis.provider.connections import ConnectionLog, Purpose
from halo_dash.analysis.provider.failures import Scene
from halo_dash.analysis.provider.mask import Mask
from halo_dash.errors import UsageError

if TYPE_CHECKING:
    from halo_dash.analysis.provider.client import Client

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SECRET_NAME = re.compile(r"auth|key|token|secret|cookie|password|credential", re.IGNORECASE)
_FRAMING = frozenset({"host", "content-length", "transfer-encoding", "connection", "accept-encoding"})


class Endpoint:
    """Thread-safe."""

    def __init__(
        self,
        address: Address,
        key: Callable[[], str | None],
        headers: Mapping[str, str],
        *,
        connections: ConnectionLog,
        timeout_s: float,
        key_name: str | None,
        purpose: Purpose,
    ) -> None:
        self._address = address
        self._key = key
        self._headers = checked_headers(headers)
        self._connections = connections
        self._timeout_s = timeout_s
        self._key_name = key_name
        self._purpose = purpose
        self._client: Client | None = None
        self._refused: dict[tuple[str, str], frozenset[str]] = {}
        self._lock = threading.Lock()

    @property
    def address(self) -> Address:
        """Where the API lies, as far as is known."""
        with self._lock:
            return self._address

    @address.setter
    def address(self, address: Address) -> None:
        with self._lock:
            self._address = address

    def opened(self, model: str) -> tuple[Client, Scene, Mapping[str, str]]:
        """The client, who is asked, and the headers with the key of this moment. Raises ProviderError."""
        # Imported here: it takes a third of a second, and most commands of halo never ask a model.
        from halo_dash.analysis.provider.client import Client  # noqa: PLC0415 - see above

        key = (self._key() or "").strip()
        own = [value for name, value in self._headers.items() if _SECRET_NAME.search(name)]
        mask = Mask((key, *own))
        scene = Scene(self.address, model, bool(key), self._key_name, mask)
        if not (key or own or scene.address.is_this_machine):
            # Traces would be sent before the answer says that nobody there knows who asks.
            raise scene.no_key("No key was found, so nothing was sent.")
        headers = {"user-agent": f"halo-dash/{__version__}", **self._headers}
        if key and "authorization" not in headers:
            if not (key.isascii() and key.isprintable()):
                what = "the key holds characters that no key has, so it was not sent"
                raise scene.error("auth", what, "Copy it again, without line breaks and quotation marks.")
            headers["authorization"] = f"Bearer {key}"
        with self._lock:
            if self._client is None:
                try:
                    self._client = Client(self._address, self._connections, self._timeout_s, self._purpose)
                except UsageError as error:
                    raise scene.error("connection", error.message, error.hint or "") from None
            return self._client, scene, headers

    def refused(self, api: str, model: str) -> frozenset[str]:
        """Options that the server did not take of this model."""
        with self._lock:
            return self._refused.get((api, model), frozenset())

    def learn(self, api: str, model: str, option: str) -> None:
        """Leave an option out from now on."""
        with self._lock:
            self._refused[(api, model)] = self._refused.get((api, model), frozenset()) | {option}

    def close(self) -> None:
        """Close what is kept open; a later call opens it again."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()


def checked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers of the user, names in lower case. Raises UsageError, which never shows a value."""
    found = {}
    for name, value in headers.items():
        if not _NAME.fullmatch(name) or name.lower() in _FRAMING:
            raise UsageError(f"{name[:60]!r} is no header that can be set", hint="Write NAME: VALUE.")
        if not all(character == "\t" or 32 <= ord(character) < 256 for character in value):
            raise UsageError(f"the value of the header {name} holds characters that no header can carry")
        found[name.lower()] = value
    return found
