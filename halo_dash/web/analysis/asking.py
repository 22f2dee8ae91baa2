"""What is asked for on `/analysis`: read from an address or a form, and written back into one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import cast

from halo_dash.config import Settings
from halo_dash.errors import UsageError
from halo_dash.model.filter import NO_FILTER, Filter
from halo_dash.model.run import PROMPT, Analyst, RunLimits, RunModels, RunRequest

EXAMPLES = (
    (
        "Why do runs fail?",
        "Why do these runs fail? Group the failures by cause, and tell what failing runs do differently.",
    ),
    (
        "Where does money go?",
        "Where do tokens and money go in vain: retries, repeated calls, prompts that grow? What saves most?",
    ),
    (
        "Is the agent honest?",
        "Where does the agent claim what no tool result supports, or hide that a tool failed?",
    ),
    (
        "What changed?",
        "Compare the newest version with the one before: what got better, what got worse?",
    ),
)
"""(label, prompt)"""
LONGEST_PROMPT = 20_000

_FIELDS = ("analyst", "model", "sub-model", "spans", "depth", "turns", "usd", "minutes", "context")
OWN_NAMES = frozenset({"prompt", *(f"run-{each}" for each in _FIELDS)})
"""Names of the form that are no filters."""
_NO_FILTERS = OWN_NAMES | {"csrf_token", "sort", "limit", "cursor"}
"""The address of a list is one of a form too: its order and place mean nothing here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The form as it was filled in; texts as typed."""

    filter: Filter = NO_FILTER
    prompt: str = ""
    analyst: Analyst = "model"
    model: str = ""
    sub_model: str = ""
    spans: str = ""
    depth: str = ""
    turns: str = ""
    usd: str = ""
    minutes: str = ""
    context: str = ""
    problems: tuple[str, ...] = ()
    """What cannot be read; nothing is started while there is one."""

    @classmethod
    def parse(cls, pairs: Iterable[tuple[str, str]], *, has_model: bool) -> Asked:
        """Read an address or a form. Never raises: `problems` says what is wrong."""
        given = list(pairs)
        own = {name: value.strip() for name, value in given if name in OWN_NAMES}
        problems: list[str] = []
        filter_ = NO_FILTER
        try:
            filter_ = Filter.parse([pair for pair in given if pair[0] not in _NO_FILTERS])
        except UsageError as error:
            problems.append(error.message)
        analyst = own.get("run-analyst") or ("model" if has_model or own.get("run-model") else "built_in")
        if analyst not in {"model", "built_in"}:
            problems.append(f"There is no analyst {analyst!r}: model or built_in.")
            analyst = "built_in"
        prompt = own.get("prompt", "")
        if len(prompt) > LONGEST_PROMPT:
            problems.append(
                f"The question has {len(prompt):,} characters, at most {LONGEST_PROMPT:,} are taken."
            )
        asked = cls(
            filter=filter_,
            prompt=prompt,
            analyst=cast("Analyst", analyst),
            model=own.get("run-model", ""),
            sub_model=own.get("run-sub-model", ""),
            spans=own.get("run-spans", ""),
            depth=own.get("run-depth", ""),
            turns=own.get("run-turns", ""),
            usd=own.get("run-usd", ""),
            minutes=own.get("run-minutes", ""),
            context=own.get("run-context", ""),
        )
        try:
            asked.limits(RunLimits())
        except UsageError as error:
            problems.append(error.message)
        return replace(asked, problems=tuple(problems))

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The address of this form; the inverse of `parse`."""
        own = (
            ("prompt", self.prompt),
            ("run-analyst", self.analyst),
            ("run-model", self.model),
            ("run-sub-model", self.sub_model),
            ("run-spans", self.spans),
            ("run-depth", self.depth),
            ("run-turns", self.turns),
            ("run-usd", self.usd),
            ("run-minutes", self.minutes),
            ("run-context", self.context),
        )
        return (*self.filter.pairs(), *(pair for pair in own if pair[1]))

    def request(self, settings: Settings, now_ns: int) -> RunRequest:
        """What the engine is asked. Raises `UsageError` naming every problem."""
        if self.problems:
            raise UsageError("; ".join(self.problems), hint="Nothing was started.")
        engine = settings.engine
        limits = self.limits(
            RunLimits(
                max_depth=engine.max_depth,
                max_turns=engine.max_turns,
                max_parallel=engine.max_parallel,
                span_limit=engine.span_limit,
                budget_usd=engine.budget_usd,
            )
        )
        return RunRequest(
            prompt=self.prompt or PROMPT,
            filter=_absolute(self.filter, now_ns),
            analyst=self.analyst,
            models=RunModels(
                model=self.model or engine.model, sub_model=self.sub_model or engine.sub_model or None
            ),
            limits=limits,
            context=self.context,
        )

    def limits(self, standard: RunLimits) -> RunLimits:
        """`standard` with what was typed in its place. Raises `UsageError` naming every problem."""
        problems: list[str] = []
        depth = _whole("Depth", self.depth, 0, 5, problems)
        turns = _whole("Turns", self.turns, 1, 100, problems)
        spans = _whole("Spans", self.spans, 0, 10**9, problems)
        usd = _amount("Dollars", self.usd, problems)
        minutes = _amount("Minutes", self.minutes, problems)
        if problems:
            raise UsageError(" ".join(problems))
        return RunLimits(
            max_depth=standard.max_depth if depth is None else depth,
            max_turns=standard.max_turns if turns is None else turns,
            max_parallel=standard.max_parallel,
            # 0 is "no limit", as in `halo.toml`.
            span_limit=standard.span_limit if spans is None else spans or None,
            budget_usd=standard.budget_usd if usd is None else usd,
            budget_minutes=minutes,
        )


def _absolute(filter_: Filter, now_ns: int) -> Filter:
    start, end = filter_.period(now_ns)
    # What starts later is no part of it, however long it is read.
    return replace(filter_, window=None, from_ns=start, to_ns=now_ns if end is None else end)


def _whole(name: str, typed: str, least: int, most: int, problems: list[str]) -> int | None:
    if not typed:
        return None
    bare = typed.replace(",", "").replace("_", "")
    if bare.isascii() and bare.isdigit() and least <= int(bare) <= most:
        return int(bare)
    problems.append(f"{name} must be a whole number from {least} to {most:,}, not {typed[:40]!r}.")
    return None


def _amount(name: str, typed: str, problems: list[str]) -> float | None:
    if not typed:
        return None
    try:
        value = float(typed.removeprefix("$"))
    except ValueError:
        value = -1
    if 0 < value < 1e9:
        return value
    problems.append(f"{name} must be a number above 0, not {typed[:40]!r}.")
    return None
