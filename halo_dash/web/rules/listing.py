"""Lines of the list of rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from halo_dash.detect.claim import read_claim
from halo_dash.model.filter import Filter
from halo_dash.model.judged import ListedRule
from halo_dash.model.twin import Json, iso_time
from halo_dash.store.findings.judging import Health

Words = tuple[tuple[str, bool], ...]
"""A text in pieces: (piece, whether it is code)."""


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule on the page."""

    rule: ListedRule
    hits: int
    """Traces of the selection in which it found something."""
    href: str
    """These traces."""
    told: tuple[tuple[str, Words], ...]
    """(what it is about, the words)."""
    health: Health | None
    """How it failed, if it did since it last changed."""


def rule_line(rule: ListedRule, hits: int, chosen: Filter, health: Health | None) -> RuleLine:
    """The line of a rule that found something in `hits` traces of a selection."""
    claim = read_claim(rule.claim)
    parts = (
        ("", "" if claim.claims and not rule.source else claim.about),
        ("Claims", claim.claims),
        ("Abstains", claim.abstains),
        ("Known false alarms", claim.false_alarms),
    )
    rest = [pair for pair in chosen.pairs() if pair[0] != "rule"]
    is_current = health is not None and health.version == rule.version
    return RuleLine(
        rule=rule,
        hits=hits,
        href=f"/traces?{urlencode([('rule', rule.name), *rest])}",
        told=tuple((head, _words(text)) for head, text in parts if text),
        health=health if is_current else None,
    )


def _words(text: str) -> Words:
    pieces = text.split("`")
    return tuple((piece, at % 2 == 1) for at, piece in enumerate(pieces) if piece)


def rule_document(line: RuleLine) -> dict[str, Json]:
    """A rule in `/rules.json`."""
    return {
        "name": line.rule.name,
        "title": line.rule.title,
        "version": line.rule.version,
        "claim": line.rule.claim,
        "source": line.rule.source or None,
        "traces": line.hits,
        "health": _health_document(line.health),
    }


def _health_document(health: Health | None) -> Json:
    if health is None:
        return None
    return {
        "errors": health.errors,
        "is_off": health.is_off,
        "message": health.message,
        "trace_id": health.trace_id,
        "time": iso_time(health.time_ns),
    }


def rules_table(lines: Sequence[RuleLine]) -> Iterator[Sequence[object]]:
    """`/rules.csv`."""
    yield "rule", "title", "version", "source", "traces", "errors", "is_off", "message"
    for line in lines:
        rule, health = line.rule, line.health
        failed = (health.errors, health.is_off, health.message) if health else (0, False, None)
        yield rule.name, rule.title, rule.version, rule.source or "halo", line.hits, *failed
