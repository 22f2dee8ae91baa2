"""The run goes round in a circle: A, B, A, B, …

Claims: the same two to four steps (tools with their arguments, or agents handing over to one another)
came at least three times in a row, with the same arguments each time. Nothing new can come of it.

Abstains: single steps (`retry-loop`, `duplicate-call`), and circles whose arguments change: working
through a list is no circle.

Known false alarms: agents that wait by asking for the state of a job and sleeping.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from halo_dash.detect.alike import canonical
from halo_dash.detect.naming import times
from halo_dash.detect.quoting import arguments_of, quote
from halo_dash.detect.rule import rule
from halo_dash.detect.waste import waste_of
from halo_dash.model.finding import Finding
from halo_dash.model.subject import Subject

LEAST = 3
LENGTHS = (2, 3, 4)


@rule("cycle", title="The run went round in a circle")
def cycle(subject: Subject) -> Iterator[Finding]:
    """One finding for each circle of tools, and for one of agents."""
    uses = subject.tools
    for begin, length, rounds in circles([(use.name, canonical(use.arguments)) for use in uses]):
        steps = uses[begin : begin + length]
        again = uses[begin + length : begin + length * rounds]
        names = " → ".join(use.name for use in steps)
        yield Finding(
            rule="cycle",
            severity="medium",
            title=f"{names}: {times(rounds)} in a row",
            explanation=f"The same {length} calls with the same arguments came {times(rounds)}; "
            "nothing new can come of it.",
            evidence=tuple(arguments_of(use) for use in (*steps, *again)),
            ending="none",
            subject=names,
            waste=waste_of(subject, again),
        )
    agents = subject.agents
    names_of = [agent.seen.agent_name or agent.reading.name for agent in agents]
    for begin, length, rounds in circles([(name, "") for name in names_of]):
        circle = " → ".join(names_of[begin : begin + length])
        yield Finding(
            rule="cycle",
            severity="medium",
            title=f"Handed over in a circle: {circle}",
            explanation=f"{circle} came {times(rounds)} in a row.",
            evidence=tuple(
                quote(agent.span_id, "structure", agent.reading.name, None)
                for agent in agents[begin : begin + length * rounds]
            ),
            ending="none",
            subject=circle,
        )


def circles(steps: Sequence[tuple[str, str]]) -> list[tuple[int, int, int]]:
    """(index of the first step, steps in a round, rounds) of each circle; they do not overlap."""
    found: list[tuple[int, int, int]] = []
    at = 0
    while at < len(steps):
        best = max(((_rounds(steps, at, length), length) for length in LENGTHS), default=(0, 0))
        if best[0] >= LEAST and len(set(steps[at : at + best[1]])) > 1:
            found.append((at, best[1], best[0]))
            at += best[0] * best[1]
        else:
            at += 1
    return found


def _rounds(steps: Sequence[tuple[str, str]], at: int, length: int) -> int:
    first = steps[at : at + length]
    rounds = 1
    while len(first) == length and steps[at + rounds * length : at + (rounds + 1) * length] == first:
        rounds += 1
    return rounds
