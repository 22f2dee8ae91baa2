"""The class of an error, told by its words: what to do about it depends on that more than on who said it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal, TypeAlias

Cause: TypeAlias = Literal[
    "rate limit",
    "quota",
    "authentication",
    "permission",
    "context window",
    "timeout",
    "connection",
    "not found",
    "invalid arguments",
    "server error",
    "content filter",
    "budget exhausted",
    "cancelled",
]

# The first that fits: `429 insufficient_quota` is a quota, a timeout while connecting a timeout.
_CAUSES: Final[dict[Cause, tuple[str, ...]]] = {
    "cancelled": (
        r"^(?:[A-Za-z_]\w*\.)*(?:CancelledError|AbortError|GeneratorExit|KeyboardInterrupt|TaskCanceled\w*)\b",
        r"context canceled|client (?:closed|disconnected|has closed)|stream (?:was )?(?:cancel|abort)",
        r"(?:request|operation|task|run|call) (?:was |has been )?(?:aborted|cancell?ed)\s*\.?$",
        r"(?:cancell?ed|aborted|interrupted) by (?:the )?(?:user|client|caller)",
    ),
    "context window": (
        r"context[_ ](?:length|window)|maximum context|ContextWindow|prompt is too long|too many tokens",
        r"input is too long|exceeds? the (?:maximum|model).{0,30}tokens",
    ),
    "quota": (
        r"insufficient[_ ]quota|exceeded your current quota|quota exceeded",
        r"billing (?:hard )?limit|credit balance",
    ),
    "rate limit": (
        r"\b429\b|rate[_ -]?limit|too many requests",
        r"overloaded|throttl|\b529\b|ResourceExhausted",
    ),
    "content filter": (
        r"content[_ ]filter|content[_ ]policy|safety (?:system|settings)|blocked by (?:the )?safety",
    ),
    "authentication": (
        r"\b401\b|not authenticated|unauthori[sz]ed|invalid[_ ]api[_ ]key|incorrect api key|authentication",
        r"invalid (?:token|credentials)|expired token",
    ),
    "permission": (
        r"\b403\b|forbidden|permission[_ ]?denied|access denied|not (?:authorized|allowed|permitted)\b",
    ),
    "budget exhausted": (
        r"MaxTurns|max(?:imum)?[_ ](?:turns|iterations|steps|tool calls|retries(?! exceeded with url))",
        r"recursion[_ ]?limit",
        r"UsageLimitExceeded|iteration limit|time limit|GraphRecursion|budget (?:exceeded|exhausted)",
    ),
    "timeout": (r"time[d]?[_ -]?out|deadline exceeded|\b504\b|\b408\b",),
    "connection": (
        r"connection (?:error|refused|reset|aborted|closed)|ConnectionError|ConnectError|APIConnection",
        r"(?:cannot|could not|couldn't|failed to|unable to) connect|ConnectionPool",
        r"ECONN|ENOTFOUND|network|unreachable|name resolution|\bDNS\b|broken pipe|SSL|socket",
    ),
    "not found": (
        r"\b404\b|not[_ ]?found|no such|does not exist|doesn't exist|FileNotFound",
        r"unknown (?:id|user|order|tool)|nicht gefunden",
    ),
    "invalid arguments": (
        r"validation error|ValidationError|JSONDecode|InvalidToolArguments|json_invalid|unterminated string",
        r"invalid[_ ](?:json|argument|parameter|input|type|request)|missing (?:\d+ )?required",
        r"unexpected keyword|\b422\b|schema|TypeError|extra inputs|field required",
    ),
    "server error": (r"\b50[0-3]\b|internal[_ ]server|server[_ ]error|bad gateway|service[_ ]unavailable",),
}
_PATTERNS = tuple((cause, re.compile("|".join(words), re.IGNORECASE)) for cause, words in _CAUSES.items())
_LOOKED_AT = 2_000


def cause_of(words: str) -> Cause | None:
    """The class of an error by its words; None where they tell none."""
    return _cause_of(words[:_LOOKED_AT])


@lru_cache(maxsize=1024)
def _cause_of(part: str) -> Cause | None:
    """Kept, for several rules ask it of the same error, and runs have the same errors."""
    return next((cause for cause, pattern in _PATTERNS if pattern.search(part)), None)
