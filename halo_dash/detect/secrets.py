"""Secrets and personal data in texts, told by their form. Also what is taken out before a trace leaves the
machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Sort: TypeAlias = Literal["secret", "personal"]


@dataclass(frozen=True, slots=True)
class Sighting:
    """One secret or personal datum in a text."""

    kind: str
    sort: Sort
    start: int
    end: int


# Forms as their issuers document them. Each begins with letters that rarely stand before so many
# characters, so a hit is hardly ever an accident; what has no such mark (a UUID, a hash) is never called one.
_SECRETS: Final[dict[str, str]] = {
    "OpenAI key": r"\bsk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{20,}T3BlbkFJ[A-Za-z0-9_-]{10,}"
    r"|\bsk-proj-[A-Za-z0-9_-]{40,}|\bsk-[A-Za-z0-9]{48}\b",
    "Anthropic key": r"\bsk-ant-[a-z0-9]{2,12}-[A-Za-z0-9_-]{20,}",
    "AWS access key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "AWS secret key": r"(?i:aws.{0,20}secret.{0,20})['\"=:\s]{1,4}[A-Za-z0-9/+]{40}\b",
    "Google API key": r"\bAIza[0-9A-Za-z_-]{35}\b",
    "Google OAuth token": r"\bya29\.[0-9A-Za-z_-]{20,}",
    "GitHub token": r"\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_[A-Za-z0-9_]{50,}\b",
    "GitLab token": r"\bglpat-[A-Za-z0-9_-]{20,}",
    "Slack token": r"\bxox[abposr]-[A-Za-z0-9-]{10,}",
    "Slack webhook": r"https://hooks\.slack\.com/services/T[A-Z0-9]+/B[A-Z0-9]+/[A-Za-z0-9]{20,}",
    "Stripe key": r"\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{20,}\b",
    "Twilio key": r"\bSK[0-9a-f]{32}\b",
    "SendGrid key": r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{32,}",
    "npm token": r"\bnpm_[A-Za-z0-9]{36}\b",
    "PyPI token": r"\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{40,}",
    "Hugging Face token": r"\bhf_[A-Za-z0-9]{30,}\b",
    "Langfuse key": r"\b(?:sk|pk)-lf-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b",
    "JSON web token": r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
    "private key": r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY(?: BLOCK)?-----",
    "password in an address": r"\b[a-z][a-z0-9+.-]{1,20}://[^\s:/@'\"<>]{1,64}:[^\s:/@'\"<>]{3,128}@[\w.-]+",
    "bearer token": r"(?i:\bbearer\s+)[A-Za-z0-9_\-.=]{24,}",
    "password": r"(?i:\b(?:password|passwd|api[_-]?key|secret[_-]?key|client[_-]?secret|access[_-]?token)\b)"
    r"['\"]?\s*[:=]\s*['\"][^\s'\"<>{}]{8,128}['\"]",
}
_PERSONAL: Final[dict[str, str]] = {
    "e-mail address": r"\b[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}\b",
    "card number": r"\b(?:\d[ -]?){12,18}\d\b",
    "IBAN": r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b",
    "social security number": r"\b(?!000|666|9\d\d)\d{3}-(?!00)\d\d-(?!0000)\d{4}\b",
    "phone number": r"(?<![\w.])\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{2,4}(?:[ .-]?\d{2,4}){2,4}\b",
}
_PATTERNS: Final = tuple(
    (kind, sort, re.compile(pattern))
    for sort, kinds in (("secret", _SECRETS), ("personal", _PERSONAL))
    for kind, pattern in kinds.items()
)
# What a text must hold for a pattern to be worth trying. Most texts hold none of them, and are done with.
_SIGNS: Final[dict[str, tuple[str, ...]]] = {
    "OpenAI key": ("sk-",),
    "Anthropic key": ("sk-ant",),
    "AWS access key": ("AKIA", "ASIA"),
    "AWS secret key": ("ecret",),
    "Google API key": ("AIza",),
    "Google OAuth token": ("ya29.",),
    "GitHub token": ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
    "GitLab token": ("glpat-",),
    "Slack token": ("xox",),
    "Slack webhook": ("hooks.slack.com",),
    "Stripe key": ("_live_", "_test_"),
    "Twilio key": ("SK",),
    "SendGrid key": ("SG.",),
    "npm token": ("npm_",),
    "PyPI token": ("pypi-",),
    "Hugging Face token": ("hf_",),
    "Langfuse key": ("k-lf-",),
    "JSON web token": ("eyJ",),
    "private key": ("PRIVATE KEY",),
    "password in an address": ("://",),
    "bearer token": ("earer", "EARER"),
    "password": (
        *("assw", "ASSW", "pi_key", "pi-key", "pikey", "piKey", "PI_KEY", "PI-KEY", "ecret", "ECRET"),
        *("ccess_token", "ccess-token", "ccessToken", "CCESS_TOKEN"),
    ),
    "e-mail address": ("@",),
    "phone number": ("+",),
}
_COMMON: Final = "etaoinsrhldcumfpgwybvkxjqz. "
"""Letters of English texts, the most frequent first; all others are rarer."""


def _by_rarest() -> dict[str, tuple[tuple[str, str], ...]]:
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for kind, signs in _SIGNS.items():
        for sign in signs:
            rarest = max(sign, key=lambda each: _COMMON.find(each) % (len(_COMMON) + 1))
            found[rarest] = (*found.get(rarest, ()), (sign, kind))
    return found


_BY_RAREST: Final = tuple(_by_rarest().items())
"""Character -> (sign, kind) of the signs that hold it: looking for one character is much quicker."""
_EXAMPLES: Final = re.compile(
    r"example|xxxx|\*\*\*|<[a-z_ -]+>|your[_-]|redacted|placeholder|changeme", re.IGNORECASE
)
# By the first digit, as issuers use them: travel cards, Visa, Mastercard, Maestro and Discover.
_CARD_LENGTHS: Final = {3: (14, 15, 16), 4: (13, 16, 19), 2: (16,), 5: (16,), 6: (16, 19)}


_DIGITS: Final = re.compile(r"\d(?<!\d\d)(?!\d{3}-\d\d-\d\d(?!\d))[\d -]{8,30}\d")
"""What card, account and security numbers have in common, and little else; a date is none."""
_OF_DIGITS: Final = frozenset({"card number", "IBAN", "social security number"})


def kinds_worth_a_look(text: str) -> frozenset[str]:
    """The kinds of which a text, or several with line breaks between them, holds a sign."""
    found = {
        kind for character, signs in _BY_RAREST if character in text for sign, kind in signs if sign in text
    }
    return frozenset(found | _OF_DIGITS if _DIGITS.search(text) else found)


def sightings(text: str, kinds: frozenset[str] | None = None) -> Iterator[Sighting]:
    """Every secret and personal datum of a text; examples (`sk-…example`, `user@example.com`) are none.

    `kinds` are those that are worth a look, where that is known already.
    """
    worth = kinds_worth_a_look(text) if kinds is None else kinds
    if kinds is not None and worth & _OF_DIGITS and not _DIGITS.search(text):
        worth -= _OF_DIGITS
    if not worth:
        return
    for kind, sort, pattern in _PATTERNS:
        if kind not in worth:
            continue
        if kinds is not None and kind in _SIGNS and not any(sign in text for sign in _SIGNS[kind]):
            continue
        for match in pattern.finditer(text):
            found = match.group()
            if not _EXAMPLES.search(found) and _is_real(kind, found):
                yield Sighting(kind, sort, match.start(), match.end())  # type: ignore[arg-type] # of the table above


def is_named(text: str, seen: Sighting) -> bool:
    """Whether words beside it say what a number is, where its form alone is that of many others.

    Three, two and four digits are the form of parts, cases and phones too. Whoever takes out what must not
    leave the machine asks no such question.
    """
    if seen.kind != "social security number":
        return True
    return _SECURITY.search(text[max(0, seen.start - _BESIDE) : seen.end + _BESIDE]) is not None


_BESIDE: Final = 60
_SECURITY: Final = re.compile(
    r"\b(?:itin|tin|social|security|taxpayer|tax[ _-]?(?:id|number|payer))(?![a-z])|ssn", re.IGNORECASE
)


def masked(text: str) -> str:
    """A secret with only its first four characters to be seen."""
    return text[:4] + "…" if len(text) > _SHORT else "…"


_SHORT = 8


def _is_real(kind: str, found: str) -> bool:
    if kind == "card number":
        digits = [int(each) for each in found if each.isdigit()]
        return len(digits) in _CARD_LENGTHS.get(digits[0], ()) and _luhn(digits)
    if kind == "IBAN":
        plain = found.replace(" ", "")
        turned = plain[4:] + plain[:4]
        return int("".join(str(int(each, 36)) for each in turned)) % 97 == 1
    return True


def _luhn(digits: list[int]) -> bool:
    """The check digit of card numbers (ISO/IEC 7812-1)."""
    total = 0
    for at, digit in enumerate(reversed(digits)):
        doubled = digit * 2 if at % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0
