"""Who asks what and when: the sessions of the demo's last day."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from halo_dash.transfer.demo.coding import coding_run
from halo_dash.transfer.demo.handbook import handbook_run
from halo_dash.transfer.demo.research import QUESTIONS, RESEARCHER, research_run
from halo_dash.transfer.demo.script import Ask, Run, Say, Use
from halo_dash.transfer.demo.shop import Dossier
from halo_dash.transfer.demo.support import support_run
from halo_dash.transfer.demo.truth import AGENT_RUNS, DEMO_TRUTH

_SPAN_OF_DEMO_S = 26 * 3600
_DEPLOY_AGO_S = 11 * 3600
_NEWEST_AGO_S = 240
"""No complete run starts later than this before now: the longest takes about two minutes."""
OLD_VERSION, NEW_VERSION = "2.3.1", "2.4.0"
_ONLY_NEW = frozenset({"order_timeout_escaped"})
_USERS = (
    "maya.okafor",
    "jonas.weber",
    "lucia.ferri",
    "tom.becker",
    "aiko.tanaka",
    "noor.haddad",
    "sam.whitaker",
    "ines.costa",
    "pavel.novak",
    "grace.lim",
    "oskar.lind",
    "dina.marku",
)


@dataclass(frozen=True, slots=True)
class Slot:
    """One run in its place: who, when (seconds before now), in which session, on which version."""

    key: str
    agent_id: str
    ago_s: float
    session: str
    user: str
    version: str
    turn: int


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """A slot with what happens in it."""

    slot: Slot
    run: Run


def planned_runs() -> Iterator[PlannedRun]:
    """Every run of the demo, session by session. The same on every machine and every day."""
    for agent_id, count in AGENT_RUNS.items():
        rng = random.Random(f"halo demo: {agent_id}")  # noqa: S311  # a story, not a secret
        slots = _slots(rng, agent_id, count)
        planted = _assigned(rng, agent_id, slots)
        yield from _told(rng, slots, planted)
    yield _running()
    yield _rootless()


def _slots(rng: random.Random, agent_id: str, count: int) -> list[Slot]:
    slots: list[Slot] = []
    session = 0
    while len(slots) < count:
        session += 1
        turns = min(rng.choice((1, 2, 2, 3, 4)) if agent_id != "handbook" else 1, count - len(slots))
        # More of it lately: the first page of the list then shows the last hour, not the whole night.
        ago = _NEWEST_AGO_S + turns * 400 + rng.random() ** 1.8 * (_SPAN_OF_DEMO_S - turns * 400)
        user = rng.choice(_USERS)
        # A session stays on the version it began with.
        version = NEW_VERSION if ago < _DEPLOY_AGO_S else OLD_VERSION
        for turn in range(turns):
            key = f"{agent_id}-{session}-{turn}"
            slots.append(Slot(key, agent_id, ago, f"{agent_id}-{session:03d}", user, version, turn))
            ago -= rng.uniform(150, 400)
    return slots


def _assigned(rng: random.Random, agent_id: str, slots: list[Slot]) -> dict[str, str]:
    """Slot key -> the failure planted there; exactly as many as `DEMO_TRUTH` says."""
    free = list(slots)
    rng.shuffle(free)
    chosen: dict[str, str] = {}
    for failure in DEMO_TRUTH:
        if failure.agent_id != agent_id:
            continue
        fitting = [slot for slot in free if failure.name not in _ONLY_NEW or slot.version == NEW_VERSION]
        for slot in fitting[: failure.runs]:
            chosen[slot.key] = failure.name
            free.remove(slot)
    return chosen


def _told(rng: random.Random, slots: list[Slot], planted: dict[str, str]) -> Iterator[PlannedRun]:
    history: tuple[tuple[str, str], ...] = ()
    dossier, first = Dossier.drawn(rng), 0
    for slot in slots:
        if slot.turn == 0:
            history, dossier, first = (), Dossier.drawn(rng), rng.randrange(100)
        failure = planted.get(slot.key)
        run = replace(_run(rng, slot, dossier, first + slot.turn, failure), planted=failure, history=history)
        if (answer := _answer(run)) is not None:
            history = (*history, (run.question, answer))
        yield PlannedRun(slot, run)


def _run(rng: random.Random, slot: Slot, dossier: Dossier, number: int, failure: str | None) -> Run:
    if slot.agent_id == "support":
        return support_run(rng, dossier, slot.turn, failure)
    if slot.agent_id == "researcher":
        return research_run(number, failure)
    return coding_run(number, failure) if slot.agent_id == "coder" else handbook_run(number, failure)


def _answer(run: Run) -> str | None:
    return next((step.text for step in reversed(run.steps) if isinstance(step, Say)), None)


def _running() -> PlannedRun:
    of = QUESTIONS[3]
    search = Use(
        "web_search", {"query": of.query}, [{"title": of.query, "url": f"https://{of.site}"}], seconds=0.9
    )
    run = Run(RESEARCHER, of.asked, (Ask((search,)),), cut="running")
    return PlannedRun(Slot("running", "researcher", 20, "researcher-live", _USERS[0], NEW_VERSION, 0), run)


def _rootless() -> PlannedRun:
    of = QUESTIONS[6]
    search = Use(
        "web_search", {"query": of.query}, [{"title": of.query, "url": f"https://{of.site}"}], seconds=0.9
    )
    run = Run(RESEARCHER, of.asked, (Ask((search,)), Say(of.answer)), cut="rootless")
    slot = Slot("rootless", "researcher", 5_400, "researcher-lost", _USERS[5], NEW_VERSION, 0)
    return PlannedRun(slot, run)
