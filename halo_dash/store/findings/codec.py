"""Findings <-> their packed form."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from halo_dash.model.finding import Evidence, Finding, Waste
from halo_dash.store.codec import pack, unpack

_LAYOUT = 1


def pack_findings(findings: Iterable[Finding], clusters: Iterable[int]) -> bytes:
    """All findings of a trace, each with the number of its cluster."""
    return pack(
        (
            _LAYOUT,
            [
                (
                    found.rule,
                    found.severity,
                    found.title,
                    found.explanation,
                    [(each.span_id, each.field, each.quote, each.offset) for each in found.evidence],
                    found.ending,
                    found.subject,
                    found.cause,
                    found.detail,
                    (found.waste.tokens, found.waste.cost_usd, found.waste.duration_ns),
                    cluster,
                )
                for found, cluster in zip(findings, clusters, strict=True)
            ],
        )
    )


def unpack_findings(data: bytes) -> tuple[tuple[Finding, ...], tuple[int, ...]]:
    """The inverse: (findings, numbers of their clusters). Raises `StoreError` where `data` is damaged."""
    _layout, rows = unpack(data)
    return tuple(_finding(*row[:-1]) for row in rows), tuple(row[-1] for row in rows)


def _finding(rule: str, severity: Any, title: str, explanation: str, evidence: Any, *rest: Any) -> Finding:
    ending, subject, cause, detail, waste = rest
    return Finding(
        rule=rule,
        severity=severity,
        title=title,
        explanation=explanation,
        evidence=tuple(Evidence(*each) for each in evidence),
        ending=ending,
        subject=subject,
        cause=cause,
        detail=detail,
        waste=Waste(*waste),
    )
