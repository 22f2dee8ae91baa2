"""The run goes round in a circle: A, B, A, B, …

Claims: the same two to four steps (tools with their arguments, or agents handing over to one another)
came at least three times in a row, with the same arguments each time. Nothing new can come of it.

Abstains: single steps (`retry-loop`, `duplicate-call`); circles whose arguments change (working through a
list) or whose results do (a job gets on, a test fails elsewhere, two agents improve a draft); handovers with
which agents say something new each time; steps that are done for their effect and answer no more than "ok"
(clicking on), also where each is followed by a picture that was not recorded; and waiting for a job that says
"not yet".

Known false alarms: circles of which no results were recorded.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from halo_dash.detect.alike import are_near
from halo_dash.detect.effects import deed_of
from halo_dash.detect.naming import times
from halo_dash.detect.quoting import arguments_of, quote
from halo_dash.detect.results import acknowledges, is_pending, question_of, settled
from halo_dash.detect.rule import rule
from halo_dash.detect.rules.duplicate_call import MOST_POLLS
from halo_dash.detect.verbs import hands_over, may_change
from halo_dash.detect.waste import waste_of
from halo_dash.model.finding import Finding
from halo_dash.model.message import Text
from halo_dash.model.span import AttributeValue
from halo_dash.model.subject import Subject, SubjectSpan, ToolUse

LEAST = 3
LENGTHS = (2, 3, 4)
_PICTURE = re.compile(r"[\[<(]?\W*(?:image|screenshot|picture|binary|base64)\b[^\n]{0,60}", re.IGNORECASE)
"""What stands for a picture where it was not recorded."""


@rule("cycle", title="The run went round in a circle", version=4)
def cycle(subject: Subject) -> Iterator[Finding]:
    """One finding for each circle of tools, and for one of agents."""
    uses = subject.tools
    for begin, length, rounds in circles(_steps(uses)):
        steps = uses[begin : begin + length]
        if _gets_on(uses, begin, length, rounds) or _is_handed_on(
            subject, uses[begin : begin + length * rounds]
        ):
            continue
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
        told = [_said(agent) for agent in agents[begin : begin + length * rounds]]
        if any(_differ(told[step::length]) for step in range(length)):
            continue
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


def _steps(uses: Sequence[ToolUse]) -> list[tuple[str, str]]:
    """Tools with their arguments; none where too few come often enough for a circle."""
    often = Counter(use.name for use in uses)
    if sum(count for count in often.values() if count >= LEAST) < LEAST * min(LENGTHS):
        return []
    return [(use.name, question_of(use)) for use in uses]


def _gets_on(uses: Sequence[ToolUse], begin: int, length: int, rounds: int) -> bool:
    """Whether something came of going round: other results, an effect, or a job that was waited for."""
    end = begin + length * rounds
    for step in range(begin, begin + length):
        use = uses[step]
        # What came right after the circle counts: the last answer of a job is the one that differs.
        after = (each for each in uses[end : end + length] if each.name == use.name)
        same = [use, *uses[step + length : end : length]]
        more = [each for each in after if question_of(each) == question_of(use)]
        if _differ([each.result for each in (*same, *more)]):
            return True
        if is_pending(use.result) and rounds <= MOST_POLLS:
            return True
    steps = uses[begin : begin + length]
    done = [use for use in steps if may_change(deed_of(use)) and _is_done(use)]
    # To look at the picture after each click is no circle: what it shows was not recorded.
    return bool(done) and all(use in done or _is_picture(use.result) for use in steps)


def _is_done(use: ToolUse) -> bool:
    return use.result is not None and acknowledges(use.result)


def _is_picture(result: AttributeValue) -> bool:
    return isinstance(result, str) and _PICTURE.fullmatch(result.strip()) is not None


def _is_handed_on(subject: Subject, uses: Sequence[ToolUse]) -> bool:
    """Whether agents handed their work to one another, and said something new each time."""
    if not all(hands_over(use.name) for use in uses):
        return False
    told = {call.span.span_id: call.text.strip() for call in subject.calls}
    by_name: dict[str, list[str]] = {}
    for use in uses:
        by_name.setdefault(use.name, []).append(told.get(use.asked_by or "", ""))
    return all(
        all(texts) and not any(are_near(one, other) for one, other in pairwise(texts))
        for texts in by_name.values()
    )


def _differ(results: Sequence[AttributeValue]) -> bool:
    known = {settled(each) for each in results if each is not None}
    return len(known) > 1


def _said(agent: SubjectSpan) -> AttributeValue:
    content = agent.content
    texts = [
        part.text for message in content.output_messages for part in message.parts if isinstance(part, Text)
    ]
    return "\n".join(texts) or content.output


def circles(steps: Sequence[tuple[str, str]]) -> list[tuple[int, int, int]]:
    """(index of the first step, steps in a round, rounds) of each circle; they do not overlap."""
    found: list[tuple[int, int, int]] = []
    at = 0
    while at < len(steps):
        lengths = [length for length in LENGTHS if len(set(steps[at : at + length])) > 1]
        best = max(((_rounds(steps, at, length), length) for length in lengths), default=(0, 0))
        if best[0] >= LEAST:
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
