"""What went wrong, as the words that follow the name of a tool or a step: `get_weather: timed out`."""

from __future__ import annotations

from typing import Final

_RULES: Final = {
    "error-status": "failed",
    "error-result": "returned an error and reported success",
    "swallowed-exception": "an exception was caught and not reported",
    "unrecovered-tool": "failed, and the run gave up",
    "empty-answer": "the run ended without an answer",
    "cut-off": "the answer was cut off or withheld",
    "refusal": "refused to answer",
    "budget-exhausted": "used up the turns or the time",
    "malformed-arguments": "called with arguments that are not valid JSON",
    "schema-violation": "called with arguments that its schema does not allow",
    "undeclared-tool": "called though it was not offered",
    "unanswered-call": "asked for and never answered",
    "retry-loop": "tried again without a changed query",
    "cycle": "went round in a circle",
    "duplicate-call": "called again with the same arguments",
    "repeated-output": "repeats itself",
    "redundant-call": "asked exactly the same again",
    "empty-result": "found nothing, and the run went on",
    "context-filling": "nearly filled the context window",
    "history-truncated": "a part of the conversation was dropped",
    "outlier": "far slower or dearer than usual",
    "stall": "nothing happened for a while",
    "unfinished": "never ended, or lost its parent",
    "secret": "a secret stands in what was said",
    "personal-data": "personal data stands in what was said",
}
"""Of rules that come with halo."""

_CAUSES: Final = {
    "timeout": "timed out",
    "rate limit": "rate limited",
    "quota": "quota used up",
    "authentication": "not authenticated",
    "permission": "permission denied",
    "context window": "too long for the context window",
    "connection": "connection failed",
    "content filter": "stopped by a content filter",
    "budget exhausted": "budget used up",
    "nothing found": "answers nothing",
}
"""Causes that need other words than their own."""

_SAID: Final = {
    ("malformed-arguments", "invalid arguments"),
    ("schema-violation", "invalid arguments"),
    ("empty-result", "nothing found"),
    ("error-status", "error"),
}
"""(rule, cause): the rule says it already."""


def predicate_of(rule: str, title: str, cause: str) -> str:
    """What went wrong. `title` is the rule's, for rules of others."""
    said = cause_of(rule, cause)
    if rule == "error-status" and said:
        return said
    words = _RULES.get(rule) or (title[:1].lower() + title[1:] if title else rule.replace("-", " "))
    if rule == "retry-loop" and cause == "nothing found":
        return "answers nothing, query repeated"
    return f"{words} ({said})" if said else words


def cause_of(rule: str, cause: str) -> str:
    """A cause in words; empty where there is none, or the rule says it already."""
    return "" if (rule, cause) in _SAID else _CAUSES.get(cause, cause)
