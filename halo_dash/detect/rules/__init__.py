"""The rules that come with halo, one a file; each file's docstring is what the list of rules shows of it."""

from __future__ import annotations

from halo_dash.detect.rule import Rule
from halo_dash.detect.rules.budget_exhausted import budget_exhausted
from halo_dash.detect.rules.context_filling import context_filling
from halo_dash.detect.rules.cut_off import cut_off
from halo_dash.detect.rules.cycle import cycle
from halo_dash.detect.rules.duplicate_call import duplicate_call
from halo_dash.detect.rules.empty_answer import empty_answer
from halo_dash.detect.rules.empty_result import empty_result
from halo_dash.detect.rules.error_result import error_result
from halo_dash.detect.rules.error_status import error_status
from halo_dash.detect.rules.history_truncated import history_truncated
from halo_dash.detect.rules.malformed_arguments import malformed_arguments
from halo_dash.detect.rules.outlier import outlier
from halo_dash.detect.rules.personal_data import personal_data
from halo_dash.detect.rules.redundant_call import redundant_call
from halo_dash.detect.rules.refusal import refusal
from halo_dash.detect.rules.repeated_output import repeated_output
from halo_dash.detect.rules.retry_loop import retry_loop
from halo_dash.detect.rules.schema_violation import schema_violation
from halo_dash.detect.rules.secret import secret
from halo_dash.detect.rules.stall import stall
from halo_dash.detect.rules.swallowed_exception import swallowed_exception
from halo_dash.detect.rules.unanswered_call import unanswered_call
from halo_dash.detect.rules.undeclared_tool import undeclared_tool
from halo_dash.detect.rules.unfinished import unfinished
from halo_dash.detect.rules.unrecovered_tool import unrecovered_tool

RULES: tuple[Rule, ...] = (
    error_status,
    error_result,
    swallowed_exception,
    unrecovered_tool,
    empty_answer,
    cut_off,
    refusal,
    budget_exhausted,
    malformed_arguments,
    schema_violation,
    undeclared_tool,
    unanswered_call,
    retry_loop,
    cycle,
    duplicate_call,
    repeated_output,
    redundant_call,
    empty_result,
    context_filling,
    history_truncated,
    outlier,
    stall,
    unfinished,
    secret,
    personal_data,
)

RULES_VERSION = sum(rule.version for rule in RULES) * 1000 + len(RULES)
"""Changes with every rule that changes: what an older one judged is judged again."""
