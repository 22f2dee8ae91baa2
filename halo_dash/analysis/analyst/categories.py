"""What kind of problem each rule finds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CATEGORY_OF_RULE: Final[Mapping[str, str]] = {
    "error-status": "failure",
    "error-result": "hidden failure",
    "swallowed-exception": "hidden failure",
    "unrecovered-tool": "failure",
    "empty-answer": "answer",
    "cut-off": "answer",
    "refusal": "answer",
    "budget-exhausted": "budget",
    "malformed-arguments": "tool arguments",
    "schema-violation": "tool arguments",
    "undeclared-tool": "tool arguments",
    "unanswered-call": "tool arguments",
    "retry-loop": "repetition",
    "cycle": "repetition",
    "duplicate-call": "repetition",
    "repeated-output": "repetition",
    "redundant-call": "repetition",
    "empty-result": "empty result",
    "context-filling": "context",
    "history-truncated": "context",
    "outlier": "slow or dear",
    "stall": "slow or dear",
    "unfinished": "recording",
    "secret": "privacy",
    "personal-data": "privacy",
}

OWN_RULE: Final = "rule of your own"


def category_of(rule: str, cause: str) -> str:
    """`failure: timeout`."""
    category = CATEGORY_OF_RULE.get(rule, OWN_RULE)
    return f"{category}: {cause}" if cause else category
