"""The rules that come with halo, one a file; each file's docstring is what the list of rules shows of it."""

from __future__ import annotations

from halo_dash.detect.rule import Rule
from halo_dash.detect.rules.cut_off import cut_off
from halo_dash.detect.rules.duplicate_call import duplicate_call
from halo_dash.detect.rules.empty_answer import empty_answer
from halo_dash.detect.rules.empty_result import empty_result
from halo_dash.detect.rules.error_result import error_result
from halo_dash.detect.rules.error_status import error_status
from halo_dash.detect.rules.malformed_arguments import malformed_arguments
from halo_dash.detect.rules.retry_loop import retry_loop
from halo_dash.detect.rules.swallowed_exception import swallowed_exception
from halo_dash.detect.rules.unrecovered_tool import unrecovered_tool

RULES: tuple[Rule, ...] = (
    error_status,
    error_result,
    swallowed_exception,
    unrecovered_tool,
    empty_answer,
    cut_off,
    malformed_arguments,
    retry_loop,
    duplicate_call,
    empty_result,
)

RULES_VERSION = sum(rule.version for rule in RULES) * 1000 + len(RULES)
"""Changes with every rule that changes: what an older one judged is judged again."""
