"""The rules that come with halo, one a file; each file's docstring is what `/rules` shows of it."""

from __future__ import annotations

from halo_dash.detect.rule import Rule
from halo_dash.detect.rules.error_status import error_status

RULES: tuple[Rule, ...] = (error_status,)

RULES_VERSION = sum(rule.version for rule in RULES) * 1000 + len(RULES)
"""Changes with every rule that changes: what an older one judged is judged again."""
