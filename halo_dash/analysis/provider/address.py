"""Where a model is asked: what a person writes as the base URL, read once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from halo_dash.config.names import is_this_machine
from halo_dash.errors import UsageError

OPENAI = "https://api.openai.com/v1"
_PAGES = ("/chat/completions", "/responses", "/models", "/completions")
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """The root of an API. Holds no secret: user names and passwords are refused."""

    scheme: str
    host: str
    port: int
    path: str
    """Without a slash at its end."""
    query: str = ""
    """Added to every request, as some gateways ask for; not shown, for some put keys there."""

    @property
    def shown(self) -> str:
        """For people."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"

    def url(self, page: str) -> str:
        """The address of one page of the API."""
        return f"{self.shown}{page}" + (f"?{self.query}" if self.query else "")

    @property
    def is_openai(self) -> bool:
        """The maker of the protocol, where its newest names hold."""
        return self.host == "api.openai.com"

    @property
    def is_this_machine(self) -> bool:
        """No proxy stands between, and no key is needed."""
        return is_this_machine(self.host)

    @property
    def versioned(self) -> Address | None:
        """The same with `/v1`, for an address that lacks it; None where it has one."""
        return None if self.path.endswith("/v1") else replace(self, path=f"{self.path}/v1")


def read_address(base_url: str) -> Address:
    """The address that a base URL means. Raises UsageError with what is wrong with it.

    The bare name of a host gets `/v1`; the address of a page (`…/v1/chat/completions`) stands for its API.
    """
    text = base_url.strip()
    try:
        parts = urlsplit(text)
        port = parts.port
        host = parts.hostname
    except ValueError as error:
        raise UsageError(f"the base URL is no address ({error})", hint=_HINT) from None
    if parts.scheme not in _PORTS or not host:
        raise UsageError("the base URL has to begin with http:// or https:// and name a host", hint=_HINT)
    if parts.username is not None or parts.password is not None:
        raise UsageError(
            f"the base URL of {host} holds a user name or password, which would be stored and shown",
            hint="Leave it out and put the key into the environment variable that api_key_env names.",
        )
    if not host.isascii():
        host = host.encode("idna").decode("ascii")
    path = parts.path.rstrip("/")
    for page in _PAGES:
        path = path.removesuffix(page)
    return Address(parts.scheme, host, port or _PORTS[parts.scheme], path or "/v1", parts.query)


_HINT = f"For example {OPENAI} or http://localhost:11434/v1."
