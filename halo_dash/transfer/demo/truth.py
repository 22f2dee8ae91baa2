"""What is wrong in the demo data: the plan it is made from, and what a detector should find."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeAlias

Outcome: TypeAlias = Literal["failed", "recovered", "silent"]


@dataclass(frozen=True, slots=True)
class Planted:
    """One systemic failure of the demo: in `runs` of the `of` runs of one agent."""

    name: str
    agent_id: str
    runs: int
    of: int
    outcome: Outcome
    """`failed`: the run ends in error. `recovered`: an error inside, then an answer. `silent`: all is "
    "said to be OK."""
    what: str
    found: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Rule -> in how many of its runs the rule finds something. `outlier` is left out: what was usual depends
    on the hour. Empty where no rule claims to see it."""
    failed_in_effect: int = 0
    """Of its runs, whatever they reported."""


AGENT_RUNS = {"support": 84, "researcher": 60, "coder": 36, "handbook": 18}
"""Runs of each agent that are complete."""
CUT_RUNS = 2
"""One run whose root has not ended, and one whose root never arrived."""

DEMO_TRUTH: tuple[Planted, ...] = (
    Planted(
        "empty_search_retried",
        "researcher",
        18,
        60,
        "silent",
        "web_search finds nothing and is called again with the same query; the answer is made up.",
        # Five of the answers say that nothing was found: these went by what was there.
        found={"retry-loop": 10, "empty-result": 13, "duplicate-call": 18},
    ),
    Planted(
        "page_timeout_recovered",
        "researcher",
        6,
        60,
        "recovered",
        "fetch_page times out, then works.",
        found={"error-status": 6},
    ),
    Planted(
        "rate_limit_recovered",
        "researcher",
        4,
        60,
        "recovered",
        "The provider answers 429 twice.",
        found={"error-status": 4},
    ),
    Planted(
        "rate_limit_escaped",
        "researcher",
        3,
        60,
        "failed",
        "The provider answers 429 three times.",
        found={"error-status": 3},
        failed_in_effect=3,
    ),
    Planted("prompt_growth", "researcher", 4, 60, "silent", "Whole pages are resent with every model call."),
    Planted(
        "order_timeout_escaped",
        "support",
        7,
        84,
        "failed",
        "lookup_order times out and nothing catches it; only since version 2.4.0.",
        found={"error-status": 7},
        failed_in_effect=7,
    ),
    Planted(
        "order_timeout_recovered",
        "support",
        6,
        84,
        "recovered",
        "lookup_order times out, then works.",
        found={"error-status": 6},
    ),
    Planted(
        "refund_sent_twice",
        "support",
        4,
        84,
        "silent",
        "refund_order is called twice for one order.",
        found={"duplicate-call": 4},
    ),
    Planted(
        "help_error_under_ok",
        "support",
        8,
        84,
        "silent",
        "search_help_center returns an error object under OK; the answer is wrong.",
        found={"error-result": 8},
    ),
    Planted(
        "answer_cut_off",
        "support",
        5,
        84,
        "silent",
        "The answer ends at the token limit.",
        found={"cut-off": 5},
        failed_in_effect=5,
    ),
    Planted(
        "malformed_arguments",
        "coder",
        5,
        36,
        "recovered",
        "The model writes JSON that does not parse.",
        found={"malformed-arguments": 5, "error-status": 5},
    ),
    Planted(
        "context_overflow",
        "coder",
        3,
        36,
        "failed",
        "The history outgrows the context window.",
        found={"duplicate-call": 3, "error-status": 3},
        failed_in_effect=3,
    ),
    Planted("slow_test_run", "coder", 5, 36, "silent", "run_tests takes 96 s instead of 3 s."),
    Planted(
        "failed_command_under_ok",
        "coder",
        4,
        36,
        "silent",
        "run_tests exits with 2; the run says it is done.",
        found={"error-result": 4},
    ),
    Planted(
        "nothing_retrieved",
        "handbook",
        3,
        18,
        "silent",
        "Retrieval finds nothing; the answer is made up.",
        found={"empty-result": 3},
    ),
)
