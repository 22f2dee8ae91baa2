"""What goes wrong in traces, found by plain computation.

A *rule* is a pure function of one trace (`Subject`). `judge` applies rules and sums them up to a `Verdict`;
`RULES` are the ones that come with halo. Nothing here reads a store, a clock or a file.
"""

from halo_dash.detect.judging import Judged, judge
from halo_dash.detect.rule import Rule, RuleError, rule
from halo_dash.detect.rules import RULES, RULES_VERSION

__all__ = ["RULES", "RULES_VERSION", "Judged", "Rule", "RuleError", "judge", "rule"]
