"""Made-up rules, one of each state, for the page that shows every part."""

from __future__ import annotations

from halo_dash.detect import RULES
from halo_dash.model.filter import NO_FILTER
from halo_dash.model.judged import ListedRule
from halo_dash.store.findings.judging import Health
from halo_dash.web.rules.listing import RuleLine, rule_line


def sample_rules(now_ns: int) -> tuple[RuleLine, ...]:
    """One that found something, and one of somebody's own that was switched off."""
    first = RULES[0]
    ours = ListedRule(first.name, first.title, str(first.version), first.claim, "")
    own = ListedRule(
        "no-apology", "The answer apologises", "1-3f2a", "The last words say sorry.", "halo_rules/own.py"
    )
    off = Health(
        own.name,
        own.version,
        3,
        is_off=True,
        message="KeyError: 'answer'",
        trace_id="0" * 31 + "2",
        time_ns=now_ns,
    )
    return rule_line(ours, 12, NO_FILTER, None), rule_line(own, 0, NO_FILTER, off)
