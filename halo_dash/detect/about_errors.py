"""Results that look like errors and are answers: a tool was asked about errors, or for a yes or no."""

from __future__ import annotations

import re
from typing import Final

from halo_dash.detect.alike import parsed
from halo_dash.detect.causes import cause_of
from halo_dash.detect.error_shape import ErrorShape, error_shape
from halo_dash.detect.quoting import text_of
from halo_dash.detect.verbs import is_running, words_of
from halo_dash.model.subject import Subject, ToolUse

_READERS: Final = frozenset(
    {"article", "browse", "browser", "cat", "crawl", "doc", "docs", "fetch", "grep", "kb", "knowledge", "log"}
    | {"logs", "open", "page", "read", "reader", "retrieve", "retriever", "scrape", "search", "view", "wiki"}
    | {"wikipedia", "web", "websearch"}
)
_TEXTS: Final = frozenset(
    {"echo", "paraphrase", "proofread", "rephrase", "rewrite", "summarise", "summarize", "transcribe"}
    | {"translate", "translation", "translator"}
)
"""Whose results are texts of others in other words."""
_DOCS: Final = frozenset({"doc", "docs", "documentation", "kb", "knowledge", "manual", "wiki", "wikipedia"})
_ASKS: Final = frozenset(
    {"can", "check", "compare", "exists", "has", "is", "test", "validate", "validator", "verify"}
)
_OUTAGES: Final = frozenset(
    {"authentication", "connection", "permission", "quota", "rate limit", "server error", "timeout"}
)
_SAYING: Final = frozenset({"code", "detail", "details", "field", "message", "reason", "valid"})
_FINDERS: Final = frozenset(
    {"audit", "diff", "eslint", "flake", "grep", "lint", "linter", "mypy", "pylint", "ruff", "typecheck"}
)
_PROGRAM: Final = re.compile(
    r"(?:^|&&|\|\||;|\|)\s*(?:(?:npx|uv run|poetry run|python3? -m|git|npm run)\s+)*"
    r"(?:black|cmp|diff|egrep|eslint|flake8|grep|lint|mypy|prettier|pylint|pyright|rg|ruff|shellcheck|tsc)\b[^&;]*$"
)
"""A command that ends in a program whose exit code 1 says what it found."""
_EXIT_ONE: Final = re.compile(
    r"exit(?:ed)?\s*(?:code|status|with(?: code| status)?)\s*[:=]?\s*1\b", re.IGNORECASE
)
_RECORD: Final = frozenset(
    {"assignee", "count", "culprit", "events", "first_seen", "firstseen", "last_seen", "lastseen", "level"}
    | {"occurrences", "priority", "resolved", "severity", "users"}
)
"""Fields of an error that somebody keeps a record of."""
_LEAST_RECORD: Final = 2
_ASKED_FOR: Final = re.compile(
    r"\b(?:errors?|exceptions?|raises?|raised|traceback|throws?|crash\w*|fails?)\b", re.IGNORECASE
)
_WHAT: Final = re.compile(r"^\s*(?:what|which|why|does|how|show|was|welche\w*|warum)\b", re.IGNORECASE)
_DUMP: Final = re.compile(r"\s*Traceback \(most recent call last\):\s*\n\s+File ")
_DEFINED: Final = re.compile(
    r"[\w.]*(?:Error|Exception|Timeout)\b\s*[:(]\s*(?:is\s+)?(?:raised|thrown|occurs|when|if)\b"
)
_NAMED: Final = re.compile(r"[A-Z]\w*(?:Error|Exception)\b")
_PAGE: Final = 300
_LINES: Final = 3
"""Characters that follow the error, or lines in all, from which what was read is a page or a log."""


def is_an_answer(subject: Subject, use: ToolUse, found: ErrorShape) -> bool:
    """Whether what has the form of an error is what the tool was asked for."""
    words = frozenset(words_of(use.name))
    return (
        _is_about_errors(use, found, words)
        or _answers_no(use, found)
        or _found_something(use, words)
        or _is_record(use)
        or _was_asked_for(subject, use, found)
    )


def _is_about_errors(use: ToolUse, found: ErrorShape, words: frozenset[str]) -> bool:
    """Whether a tool that reads or writes texts gave one that tells of errors."""
    text = use.result if isinstance(use.result, str) else None
    if words & _TEXTS and text is not None and not _DUMP.match(text) and text[:1] not in {"{", "["}:
        return cause_of(found.message) not in _OUTAGES
    if not words & _READERS or (text is not None and _DUMP.match(text)):
        return False
    if found.offset or found.is_prose:
        return True
    if text is None or found.offset != 0:
        return False
    is_defined = bool(words & _DOCS) and _DEFINED.match(found.message) is not None
    return is_defined or _is_page(text, found.message) or _was_searched(use, text)


def _is_page(text: str, message: str) -> bool:
    if text.startswith(("<", "{", "[")):
        return False
    return len(text) - len(message) > _PAGE or len(text.strip().splitlines()) >= _LINES


def _was_searched(use: ToolUse, text: str) -> bool:
    """Whether each line has what was searched for, and that is a word for errors."""
    arguments = parsed(use.arguments)
    asked = arguments.values() if isinstance(arguments, dict) else [arguments]
    lines = [line.lower() for line in text.strip().splitlines()]
    return any(
        isinstance(each, str)
        and _ASKED_FOR.search(each) is not None
        and all(each.strip().lower() in line for line in lines)
        for each in asked
    )


def _answers_no(use: ToolUse, found: ErrorShape) -> bool:
    """Whether it was asked a question, and its result is no, perhaps with a reason."""
    result = parsed(use.result)
    if not isinstance(result, dict) or next(iter(words_of(use.name)), "") not in _ASKS:
        return False
    noes = {str(key).lower() for key, value in result.items() if value is False}
    rest = {str(key).lower() for key in result} - noes
    return bool(noes) and rest <= _SAYING and cause_of(found.message) not in _OUTAGES


def _found_something(use: ToolUse, words: frozenset[str]) -> bool:
    """Whether a program says with exit code 1 that it found what it looks for."""
    if not words & _FINDERS and not (is_running(use.name) and _PROGRAM.search(_command(use))):
        return False
    result = parsed(use.result)
    if isinstance(result, str):
        told = _EXIT_ONE.sub("", result).strip()
        return _EXIT_ONE.search(result) is not None and bool(told) and error_shape(told) is None
    if not isinstance(result, dict):
        return False
    named = {str(key).lower(): value for key, value in result.items()}
    codes = [named[key] for key in ("exit_code", "exitcode", "returncode") if key in named]
    told_of = [named.get(key) for key in ("stdout", "output", "content", "text")]
    is_told = any(isinstance(each, str) and each.strip() and error_shape(each) is None for each in told_of)
    return codes == [1] and not named.get("stderr") and not named.get("error") and is_told


def _command(use: ToolUse) -> str:
    arguments = parsed(use.arguments)
    if not isinstance(arguments, dict):
        return text_of(arguments)[:2_000]
    for key in ("command", "cmd", "script", "code"):
        value = arguments.get(key)
        if value is not None:
            last = value[-1] if isinstance(value, list) and value else value
            return last[:2_000] if isinstance(last, str) else ""
    return ""


def _is_record(use: ToolUse) -> bool:
    result = parsed(use.result)
    if not isinstance(result, dict):
        return False
    return sum(str(key).lower() in _RECORD for key in result) >= _LEAST_RECORD


def _was_asked_for(subject: Subject, use: ToolUse, found: ErrorShape) -> bool:
    """Whether a user asked what a program raises, and the answer names the exception."""
    named = _NAMED.match(found.message)
    if named is None or not is_running(use.name) or _ASKED_FOR.search(subject.question) is None:
        return False
    return _WHAT.search(subject.question) is not None and named.group() in (subject.answer or "")
