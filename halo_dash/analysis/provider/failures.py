"""What went wrong, in words: where, with which model, and what mends it. Nothing here can hold a key."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from halo_dash.analysis.provider.address import Address
from halo_dash.analysis.provider.answered import fields, objects, text_of, writable
from halo_dash.analysis.provider.mask import Mask
from halo_dash.errors import ProviderError, ProviderErrorKind

_TOO_LONG = re.compile(
    r"context[ _]?(?:length|window|size)|maximum (?:context|prompt|input)"
    r"|(?:prompt|input|request)[^.]{0,20} too long"
    r"|too many (?:input )?tokens|exceeds? the (?:available )?context|reduce the length",
    re.IGNORECASE,
)
"""OpenAI, Anthropic, llama.cpp, vLLM, Ollama and Gemini each say it in other words."""
_NO_MONEY = re.compile(
    r"insufficient[_ ]quota|billing|credit balance|insufficient (?:funds|balance|credits)", re.IGNORECASE
)
_NO_MODEL = re.compile(
    r"model.{0,80}(?:not found|not exist|unknown|not available)|unknown model|no such model",
    re.IGNORECASE | re.DOTALL,
)
_FILTERED = re.compile(r"content[_ ](?:filter|policy)|content management policy|safety", re.IGNORECASE)
_MESSAGE_CHARS = 400
_NO_PAGE = "The base URL probably lacks a part of its path, such as /v1."
_MENDS: Mapping[ProviderErrorKind, str] = {
    "quota": "Top up the account there, or name another base URL or model.",
    "rate_limit": "A smaller max_parallel or a lighter model asks for less at once.",
    "context_length": "Less has to be sent, or a model with a larger window.",
    "no_model": "Name a model that this server lists.",
    "refused": "The server's own filter stopped it before a model saw it.",
    "server": "It is the server's own trouble; try again later.",
    "bad_request": "The server does not take what was sent.",
}


@dataclass(frozen=True, slots=True)
class Told:
    """An error as the server tells it."""

    status: int | None
    """None: told in the middle of an answer."""
    message: str
    code: str = ""
    parameter: str = ""
    raw: str = ""
    """All of it, to look for names in."""
    headers: Mapping[str, str] | None = None


class Refused(Exception):  # noqa: N818 - not yet an error: an option may be left out
    """The server told an error in place of an answer."""

    def __init__(self, told: Told) -> None:
        super().__init__(told.message)
        self.told = told


@dataclass(frozen=True, slots=True)
class Scene:
    """Who was asked what; makes the errors."""

    address: Address
    model: str
    has_key: bool
    key_name: str | None
    """The environment variable that the key is looked for in."""
    mask: Mask

    def error(
        self,
        kind: ProviderErrorKind,
        what: str,
        mend: str = "",
        *,
        is_transient: bool = False,
        retry_after_s: float | None = None,
    ) -> ProviderError:
        """An error that names the place and the model."""
        model = f" (model {self.model})" if self.model else ""
        message = writable(self.mask.error(f"{self.address.shown}{model}: {what}"))
        return ProviderError(
            message, kind=kind, is_transient=is_transient, retry_after_s=retry_after_s, hint=mend or None
        )

    def of_status(self, told: Told) -> ProviderError:
        """The error that a server told."""
        status = told.status or 0
        where = f"HTTP {status}" if status else "an error in its answer"
        said = f"{where}: {told.message[:_MESSAGE_CHARS].strip() or 'nothing more was said'}"
        if status in (401, 403):
            return self._not_allowed(said)
        if 300 <= status < 400:
            return self._elsewhere(told)
        kind = kind_of(told)
        mend = _NO_PAGE if status == 404 and kind == "bad_request" else _MENDS[kind]
        is_transient = kind in ("rate_limit", "server") and status != 501
        wait = retry_after(told.headers or {}) if is_transient else None
        return self.error(kind, said, mend, is_transient=is_transient, retry_after_s=wait)

    def no_key(self, said: str) -> ProviderError:
        """The error of a key that is missing."""
        mend = f"Put the key into {self._variable} or the OS keyring (service halo-dash), and start again."
        if not self.address.is_openai:
            mend += " A server that asks for none is content with any word there."
        return self.error("no_key", said, mend)

    def _not_allowed(self, said: str) -> ProviderError:
        if not self.has_key:
            return self.no_key(f"{said} No key was found, so none was sent.")
        return self.error(
            "auth", said, f"Look at the key in {self._variable}, and at what it may be used for."
        )

    @property
    def _variable(self) -> str:
        return f"the environment variable {self.key_name}" if self.key_name else "the environment"

    def _elsewhere(self, told: Told) -> ProviderError:
        target = urlsplit((told.headers or {}).get("location", ""))
        where = f"{target.scheme}://{target.netloc.rpartition('@')[2]}" if target.netloc else "another page"
        what = f"HTTP {told.status}: it sends on to {where}, and only the configured address is ever asked"
        return self.error("bad_request", what, "If that is where the model is, make it the base URL.")


def kind_of(told: Told) -> ProviderErrorKind:
    """Which kind of error it is; keys and redirections apart."""
    status, found = told.status or 0, f"{told.code} {told.message}"
    is_long = "context_length" in told.code or bool(_TOO_LONG.search(told.message))
    rules: tuple[tuple[ProviderErrorKind, bool], ...] = (
        ("quota", status == 402 or (status in (0, 400, 429) and bool(_NO_MONEY.search(found)))),
        ("rate_limit", status == 429 or "rate_limit" in told.code or "overloaded" in found.lower()),
        ("context_length", status in (0, 400, 404, 413, 422, 500) and is_long),
        ("no_model", status in (0, 400, 404) and bool(_NO_MODEL.search(found))),
        ("refused", status in (0, 400, 422) and bool(_FILTERED.search(found))),
        ("server", status in (0, 408, 409, 425) or status >= 500),
    )
    return next((kind for kind, holds in rules if holds), "bad_request")


def told_of(status: int | None, body: object, message: str, headers: Mapping[str, str] | None = None) -> Told:
    """Read an error's body. Servers have many forms of it; what is unknown stays text."""
    told = fields(body)
    inner = told.get("error")
    told = {**told, **inner} if isinstance(inner, dict) else told
    words = text_of(told.get("message")) or text_of(inner) or _detail(told.get("detail"))
    if not words:
        words = body if isinstance(body, str) else message
    if re.match(r"\s*<(?:!doctype|html)", words, re.IGNORECASE):
        title = re.search(r"<title>(.*?)</title>", words, re.IGNORECASE | re.DOTALL)
        words = f"a web page ({title.group(1).strip()})" if title else "a web page"
    raw = json.dumps(body, default=str) if body else message
    code = " ".join(text_of(told.get(name)) for name in ("code", "type")).strip()
    return Told(status, " ".join(words.split()), code, text_of(told.get("param")), raw, headers)


def _detail(detail: Any) -> str:
    """FastAPI's form, as vLLM and many gateways answer."""
    if isinstance(detail, list):
        return "; ".join(
            f"{'.'.join(map(str, _list(part.get('loc'))))}: {text_of(part.get('msg'))}"
            for part in objects(detail)
        )
    return text_of(detail)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def refused_option(told: Told, sent: Mapping[str, Any], options: tuple[str, ...]) -> str | None:
    """The option that the server does not take, of those that were sent and can be left out."""
    if told.status not in (400, 404, 405, 422, 500, 501):
        return None
    if told.status == 400 and ("context_length" in told.code or _TOO_LONG.search(told.message)):
        return None
    present = [name for name in options if name in sent]
    if told.parameter:
        named = told.parameter.split(".")[0]
        return named if named in present else None
    at = {}
    for name in present:
        word = r"stream(?:ing|ed)?" if name == "stream" else re.escape(name)
        if match := re.search(rf"(?<![\w]){word}(?![\w])", told.raw, re.IGNORECASE):
            at[name] = match.start()
    return min(at, key=lambda name: at[name]) if at else None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, as a server says it: in milliseconds, in seconds, or as a date (RFC 9110, 10.2.3)."""
    told = {name.lower(): value.strip() for name, value in headers.items()}
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(told.get(name, "")) * unit
        except ValueError:
            continue
        if 0 <= seconds < float("inf"):
            return seconds
    try:
        moment = parsedate_to_datetime(told.get("retry-after", ""))
    except (ValueError, TypeError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
