"""A made-up call's ledger and context, for the page that shows every part."""

from __future__ import annotations

from halo_dash.model.finding import SEVERITIES
from halo_dash.model.ledger import Charge, Ledger, Line, PriceRow, Rate, Rule, SaidOfUsage, TokenKind
from halo_dash.model.observation import Usage
from halo_dash.model.xray import Change, Fill, Prefix, Repetition, Segment, Xray
from halo_dash.web.trace.address import TraceAddress
from halo_dash.web.trace.findings import EvidenceView, Findings, FindingView
from halo_dash.web.trace.xray import ContextView, slices

ADDRESS = TraceAddress("0" * 31 + "1")
_MILLIONTH = 10**12
"""A dollar a million tokens, in 10^-18 USD a token."""


def sample_ledger() -> Ledger:
    """A call with cached input and reasoning, priced by a table that does not exist."""
    row = PriceRow(
        provider="provider",
        model="model",
        matched_by="provider and model",
        rates={TokenKind.INPUT: Rate(3 * _MILLIONTH), TokenKind.OUTPUT: Rate(15 * _MILLIONTH)},
        source="a price table",
    )
    lines = (
        Line(TokenKind.INPUT, 1_180, 3 * _MILLIONTH, TokenKind.INPUT),
        Line(TokenKind.CACHE_READ, 9_000, 3 * _MILLIONTH, TokenKind.INPUT),
        Line(TokenKind.OUTPUT, 540, 15 * _MILLIONTH, TokenKind.OUTPUT),
    )
    charge = Charge(lines, row)
    return Ledger(
        said=(
            SaidOfUsage("input.tokens", "", "input", 10_180, is_used=True),
            SaidOfUsage("prompt.tokens", "", "input", 10_180, is_used=False),
        ),
        rules=(Rule("cache_inside", "Input as sent includes the cached tokens."),),
        usage=Usage(10_180, 540, 10_720, cache_read=9_000, reasoning=128),
        charge=charge,
        cost_usd=charge.cost_usd,
        model="model",
    )


def sample_findings() -> Findings:
    """A finding of each severity; one that stands for three, and one that is folded away."""
    evidence = EvidenceView(
        span_id="1",
        span_name="execute_tool get_weather",
        kind="TOOL",
        field="output",
        quote="no such city",
        href="/patterns",
        is_shown=False,
    )
    titles = (
        "get_weather returned an error as its result: no such city",
        "web_search was called 3 times with the same arguments",
        "web_search found nothing",
        "The run stood still for 40 s",
    )
    views = tuple(
        FindingView(
            number=number,
            rule="rule",
            times=3 if number == 1 else 1,
            rule_title="A tool returned an error and reported success",
            rule_href="/patterns",
            severity=severity,
            title=title,
            explanation="Nothing came of it, and the run went on as if it had.",
            ending=("failed here", "recovered", "unclear", "")[number - 1],
            is_fatal=number == 1,
            course="",
            evidence=(evidence,) * (4 - number),
            cluster_href="/patterns",
            others=4 - number,
            waste="415 tok, 3.02 s" if number == 2 else "",
            is_looked_at=False,
        )
        for number, (severity, title) in enumerate(zip(SEVERITIES, titles, strict=True), 1)
    )
    return Findings("found", views, rules=25)


def sample_context() -> ContextView:
    """A long prompt, most of it results of tools."""
    fills = tuple(
        Fill(segment, at + 1, 400 * tokens // 100, tokens)
        for at, (segment, tokens) in enumerate(
            zip(Segment, (900, 300, 180, 900, 6_800, 60, 800, 240), strict=True)
        )
    )
    tokens = sum(fill.tokens for fill in fills)
    found = Xray(
        fills,
        characters=sum(fill.characters for fill in fills),
        tokens=tokens,
        is_reported=True,
        media=7,
        window=200_000,
        previous_span_id="0" * 16,
        change=Change(9, (("assistant", 1), ("tool", 2)), dropped=1, changed=1),
        prefix=Prefix(4, 3_100, 4, "assistant", 2_048),
        repetition=Repetition(7_400, 2_048, None, None),
    )
    return ContextView(found, slices(found))
