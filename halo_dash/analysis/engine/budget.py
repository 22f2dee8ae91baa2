"""What a run may take, what it took, and what is kept back for its last words.

A call begins only while what was spent, what calls under way are expected to take, and the reserve leave room
for it. So a run passes its budget by no more than the calls in flight take beyond what was expected of them.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from halo_dash.analysis.engine.halting import Worktime
from halo_dash.analysis.engine.tokens import TokenScale
from halo_dash.model.observation import Usage
from halo_dash.model.run import RunLimits, RunUsage
from halo_dash.semconv.pricing import PriceBook

LimitName: TypeAlias = Literal["turns", "tokens", "dollars", "minutes", "loop"]
LAST_WORDS: Final = 1_500
"""Tokens that a closing answer is expected to take."""
EXPECTED_OUTPUT: Final = 600
"""Tokens of the answer of an ordinary turn."""
_TIME_SHARE, _MOST_TIME_S = 0.1, 60.0
"""Of the minutes, what is kept for the last call."""
_TOO_LITTLE = "what is left is kept for the last words"


class BudgetSpent(Exception):  # noqa: N818 - nothing is wrong: a limit was set and binds
    """No further call may begin."""

    def __init__(self, limit: LimitName, message: str) -> None:
        super().__init__(message)
        self.limit: LimitName = limit
        self.message = message


@dataclass(frozen=True, slots=True)
class Reservation:
    """What a call under way is expected to take."""

    tokens: int
    usd: float


class Budget:
    """Of a whole run, over all of its agents. Thread-safe."""

    def __init__(self, limits: RunLimits, usage: RunUsage, worktime: Worktime, prices: PriceBook) -> None:
        self.limits, self.worktime, self.scale = limits, worktime, TokenScale()
        self.price_provider: str | None = None
        """As the price table names the server; None: the name of the model has to do."""
        self._usage, self._prices = usage, prices
        self._under_way: list[Reservation] = []
        self._closing: tuple[str, int] | None = None
        """Model and characters of the last call of the root; about what its last words will be asked with."""
        self._lock = threading.Lock()

    @property
    def usage(self) -> RunUsage:
        """What was taken so far."""
        with self._lock:
            return self._usage

    def price(self, model: str, usage: Usage, start_ns: int) -> float | None:
        """Of a call in dollars; None where nobody knows."""
        return self._prices.charge(self.price_provider, model, usage, start_ns).cost_usd

    def admit(self, model: str, characters: int, now_ns: int, *, is_root: bool, is_last: bool) -> Reservation:
        """Make room for a call, or raise `BudgetSpent`. Give it back with `settle`.

        The last words of the root take what is kept back for them.
        """
        wanted = self._expected(model, characters, LAST_WORDS if is_last else EXPECTED_OUTPUT, now_ns)
        with self._lock:
            if is_root and not is_last:
                self._closing = (model, characters)
            kept = Reservation(0, 0.0)
            if self._closing is not None and not is_last:
                model, characters = self._closing
                # It will have grown by an answer or two when it has to close.
                kept = self._expected(model, int(characters * 1.1), 2 * LAST_WORDS, now_ns)
            spent = self._binding(wanted, kept, is_last=is_last)
            if spent is not None:
                raise spent
            self._under_way.append(wanted)
        return wanted

    def _expected(self, model: str, characters: int, output: int, now_ns: int) -> Reservation:
        tokens = self.scale.tokens(model, characters)
        usd = self.price(model, Usage(input=tokens, output=output), now_ns) or 0.0
        return Reservation(tokens + output, usd)

    def _binding(self, wanted: Reservation, kept: Reservation, *, is_last: bool) -> BudgetSpent | None:
        limits, usage = self.limits, self._usage
        taken = usage.input_tokens + usage.output_tokens
        ahead = sum(each.tokens for each in self._under_way) + wanted.tokens + kept.tokens
        if limits.budget_tokens is not None and taken + ahead > limits.budget_tokens:
            return BudgetSpent(
                "tokens", f"{taken:,} of {limits.budget_tokens:,} tokens are spent, and {_TOO_LITTLE}"
            )
        cost = usage.cost_usd or 0.0
        dollars = sum(each.usd for each in self._under_way) + wanted.usd + kept.usd
        if limits.budget_usd is not None and cost + dollars > limits.budget_usd:
            return BudgetSpent(
                "dollars", f"${cost:.4f} of ${limits.budget_usd:g} are spent, and {_TOO_LITTLE}"
            )
        left_s = self.worktime.left_s
        if left_s is not None and left_s <= (0 if is_last else self._kept_s()):
            return BudgetSpent("minutes", _of_time(limits.budget_minutes or 0.0, left_s))
        return None

    def _kept_s(self) -> float:
        return min(_MOST_TIME_S, _TIME_SHARE * (self.worktime.limit_s or 0.0))

    def settle(self, reserved: Reservation) -> None:
        """The call is over; what it took is added apart."""
        with self._lock:
            self._under_way.remove(reserved)

    def add(self, delta: RunUsage) -> RunUsage:
        """Count what was taken; returns all of it."""
        with self._lock:
            self._usage = added(self._usage, delta)
            return self._usage

    def line(self, turn: int, turns: int) -> str:
        """What the model is told each turn."""
        usage, limits = self.usage, self.limits
        parts = [f"Turn {turn} of {turns}."]
        taken = usage.input_tokens + usage.output_tokens
        most = f" of {limits.budget_tokens:,}" if limits.budget_tokens is not None else ""
        parts.append(f"Tokens spent: {taken:,}{most}.")
        if limits.budget_usd is not None:
            parts.append(f"Dollars spent: {usage.cost_usd or 0.0:.2f} of {limits.budget_usd:g}.")
        left_s = self.worktime.left_s
        if left_s is not None:
            parts.append(f"Minutes left: {max(0.0, left_s) / 60:.1f}.")
        if turn == turns:
            parts.append("This is the last turn: hand in what you have with final_answer now.")
        elif turn >= turns - 2 or turn * 5 >= turns * 4:
            parts.append("Few turns are left: come to an end and hand in with final_answer.")
        return " ".join(parts)


def _of_time(minutes: float, left_s: float) -> str:
    limit = "1 minute" if minutes == 1 else f"{minutes:g} minutes"
    # Rounded down: what is told to be left is there.
    if left_s < 1:
        return f"The time of {limit} is over"
    return f"{int(left_s)} s of {limit} are left, and {_TOO_LITTLE}"


def added(total: RunUsage, delta: RunUsage) -> RunUsage:
    """Both together. The cost is None where no call had a known price."""
    calls = [each for each in (total, delta) if each.model_calls]
    known = [each.cost_usd for each in calls if each.cost_usd is not None]
    return replace(
        total,
        turns=total.turns + delta.turns,
        model_calls=total.model_calls + delta.model_calls,
        tool_calls=total.tool_calls + delta.tool_calls,
        subagents=total.subagents + delta.subagents,
        input_tokens=total.input_tokens + delta.input_tokens,
        cached_tokens=total.cached_tokens + delta.cached_tokens,
        output_tokens=total.output_tokens + delta.output_tokens,
        cost_usd=sum(known) if known or not calls else None,
        cost_is_partial=total.cost_is_partial or delta.cost_is_partial,
    )
