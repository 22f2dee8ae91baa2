"""The phrases with which programs, services and tools say that they failed."""

from __future__ import annotations

import re

_STATUS_WORDS = (
    r"client\ error|server\ error|bad\ request|unauthorized|forbidden|not\ found|too\ many\ requests"
    r"|internal\ server\ error|bad\ gateway|service\ unavailable|gateway\ timeout"
)
_ORNAMENT = r"[^\w\[{(<\n]*"
"""Bold, bullets, crosses and blanks before the first word."""

# At the head of a text: a word for failure and a colon, the name of an exception, or what programs write.
HEAD = re.compile(
    rf"""{_ORNAMENT}(?:
        (?:error|fatal(?:\ error)?|exception|failure|failed|fehler)\W{{0,3}}\s*[:!\u2013\u2014-]\s*\S
      | (?:an?\ )?(?:unexpected\ |unknown\ |internal\ )?error\s+
        (?:occurred|while|when|during|executing|running|calling|in\ tool|code)\b
      | error\ \d+\ \(
      | (?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Timeout)\b\s*[:(]
      | \w*ConnectionPool\(
      | Traceback\ \(most\ recent\ call\ last\)
      | \[Errno\ -?\d+\]
      | \S+:(?:\ line\ \d+:)?\ \S+:\ command\ not\ found\b | \S+:\ command\ not\ found\b
      | HTTP/[\d.]+\ [45]\d\d\b
      | <(?:tool_|tool_use_)?error>
      | (?:<!doctype[^>]*>\s*)?<html[^>]*>\s*(?:<head[^>]*>\s*)?<title>\s*(?:error\s+)?[45]\d\d\s*[:-]?\s*
        (?:{_STATUS_WORDS})\s*</title>
      | there\ is\ no\ code\b.{{0,60}}\bto\ execute\b
      | there\ is\ no\ code\ from\ the\ last\ \d+\ messages?\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)

# Phrases that tools fail with, and that a page or an article may begin with too.
PROSE = re.compile(
    rf"""{_ORNAMENT}(?:
        (?:failed|unable)\ to\ [a-z]+
      | (?:tool|function|command|request|execution|api\ call)\s+(?:\S+\s+)?
        (?:failed|errored|timed\ out|raised)\b
      | [\w\ ]{{1,40}}\bfailed:\s*\S
      | (?:http\s*(?:error|status)?|status(?:\ code)?)[\s:=]*[45]\d\d\b
      | [45]\d\d[\s:]+(?:{_STATUS_WORDS})\b
      | (?:operation\ )?timed\ out\b
      | (?:cannot|could\ not|couldn['\u2019]t)\ (?:connect|find|open|read|load|access|reach|parse|resolve)\b
      | no\ such\ (?:file|tool|function|table|column)\b
      | (?:permission|access)\ denied\b
      | unknown\ tool\b
      | (?:i['\u2019]?m\ |i\ am\ |we['\u2019]?re\ |we\ are\ )?sorry\b[^.!?]{{0,80}}
        \b(?:unavailable|error|failed|unable|cannot|could\ not|try\ again)\b
      | (?:the\ )?(?:\w+\ )?(?:service|server|system|backend)\ is\ (?:currently\ |temporarily\ )?
        (?:unavailable|down|overloaded)\b
      | invalid\ (?:json|arguments?|parameters?|input|api\ key)\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)

# Anywhere: what programs print when they fail. Exit codes only where one is named as such and is not zero.
ANYWHERE = re.compile(
    r"""
        ^.{0,20}\(execution\ failed\).*$
      | \bexit(?:ed)?\s*(?:code|status|with(?:\ code|\ status)?)\s*[:=]?\s*(?:-?[1-9]\d*)(?=\s*(?:$|[.,;)\]]))
      | \breturned\ non-zero\ exit\ status\ [1-9]\d*\b
      | ^Traceback\ \(most\ recent\ call\ last\):\s*$
    """,
    re.IGNORECASE | re.VERBOSE | re.MULTILINE,
)
EXIT = re.compile(r"exit", re.IGNORECASE)
TEST_REPORT = re.compile(
    r"""
        \b\d+\ (?:tests?\ |specs?\ |examples?,?\ )?(?:passed|failed|passing|failing|failures?)\b
      | ^(?:FAILED|FAIL|not\ ok)\b.*(?:::|test)
      | \btests?:?\s+\d+\ (?:failed|passed|run)\b
    """,
    re.VERBOSE | re.MULTILINE,
)
"""Tests that fail are what a test runner was asked for; its exit code only repeats it."""
NO_ERROR = re.compile(
    r"\s*(?:no|0|without|none)\b[\w\s]{0,20}(?:errors?|issues?|problems?|found)\b", re.IGNORECASE
)
SHORT = re.compile(
    rf"""\b(?:{_STATUS_WORDS}|[45]\d\d|not\ (?:authenticated|authori[sz]ed|allowed|permitted)
    |timed\ out|time-?out|denied|expired|exceeded|refused|reset\ by\ peer|unavailable|unreachable|unsupported
    |overloaded|does\ not\ exist|no\ such|rate\ limit|throttled|too\ many
    |(?:invalid|missing|malformed|incorrect)\ [a-z_]+|error|failed|failure)\b""",
    re.IGNORECASE | re.VERBOSE,
)
"""What a message that stands alone must say to be that of an error: "Network settings saved" is none."""
