"""Handing in: an answer is read, looked up in the traces, and sent back once where it does not hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from halo_dash.analysis.engine.context import Context, Entry, Note
from halo_dash.analysis.engine.crew import Crew, Post
from halo_dash.analysis.provider.wire import AssistantItem, ToolItem
from halo_dash.analysis.report.problems import problems_of
from halo_dash.analysis.report.reading import plain_answer
from halo_dash.errors import InvalidInputError
from halo_dash.model.report import Citation, Report

MOST_UNREADABLE: Final = 4
"""After so many answers that cannot be read, the text of the last one is taken as it is."""


class Answering:
    """Of one agent."""

    def __init__(self, crew: Crew, post: Post, context: Context) -> None:
        self._crew, self._post, self._context = crew, post, context
        self._taken: tuple[int, Report] | None = None

    def accepted(self) -> Report | None:
        """The answer that was taken, also where the process ended right after it; None: there is none yet."""
        spoken = self._context.last_spoken()
        if spoken is None or not isinstance(spoken.item, AssistantItem):
            return None
        for place, call in enumerate(spoken.item.tool_calls, spoken.position + 1):
            entry = self._context.find(place)
            if entry is not None and entry.note == "accepted":
                if self._taken is None or self._taken[0] != place:
                    self._taken = (place, self._crew.verify(self._read(call.arguments)))
                return self._taken[1]
        return None

    def take(self, place: int, arguments: str, call_id: str, *, is_last: bool = False) -> None:
        """Answer a call of the answer tool."""
        if self._has_accepted():
            self._answer(place, call_id, "An answer was handed in in this turn already.", "form")
            return
        try:
            report = self._post.read_answer(arguments)
        except InvalidInputError as error:
            if not is_last and self._context.count("form") < MOST_UNREADABLE - 1:
                text = f"{error.message} {error.hint or ''}".strip()
                self._answer(place, call_id, text, "form", is_error=True)
                return
            report = plain_answer(arguments)
        if self._post.is_root:
            self._crew.journal.phase("checking")
        report = self._crew.verify(report)
        problems = problems_of(report)
        rounds = self._context.count("problems")
        if problems is not None and rounds == 0 and not is_last:
            self._count(report, 1)
            self._answer(place, call_id, problems, "problems")
            return
        self._count(report, rounds + 1)
        self._taken = (place, report)
        self._answer(place, call_id, "Accepted.", "accepted")

    def decline(self, place: int, call_id: str) -> None:
        """Answer a call that is not made any more."""
        self._answer(place, call_id, "Not made: the budget is spent.", "", is_error=True)

    def taken_at_its_word(self, text: str) -> Report:
        """A text as the answer; a model that cannot call tools may have written the form as text."""
        report = self._crew.verify(self._read(text))
        self._count(report, 1)
        return report

    def written(self) -> str:
        """What the model wrote last, with what came before it was cut off."""
        parts: list[str] = []
        for entry in reversed(self._context.entries):
            if isinstance(entry.item, AssistantItem):
                if parts and entry.note != "length":
                    break
                parts.append(entry.item.text)
            elif entry.note not in {"go_on", "budget"}:
                break
        return "".join(reversed(parts))

    def closing_reason(self) -> str:
        """Why the last call was made; empty where none was."""
        asked = max((each.position for each in self._context.entries if each.note == "question"), default=-1)
        for each in reversed(self._context.entries):
            if each.note == "closing" and each.position > asked:
                return each.item.text.partition("\n")[0]
        return ""

    def _has_accepted(self) -> bool:
        spoken = self._context.last_spoken()
        return spoken is not None and any(
            each.note == "accepted" and each.position > spoken.position for each in self._context.entries
        )

    def _read(self, arguments: str) -> Report:
        try:
            return self._post.read_answer(arguments)
        except InvalidInputError:
            return plain_answer(arguments)

    def _answer(self, place: int, call_id: str, text: str, note: Note, *, is_error: bool = False) -> None:
        turn, path, journal = self._context.turns, self._post.path, self._crew.journal
        name = self._post.answer_tool.name
        entry = Entry(place, ToolItem(call_id, text), turn, note, is_error=is_error)
        event = journal.event(
            "tool_result", path, turn, call_id=place, name=name, text=text, is_error=is_error, duration_ms=0
        )
        journal.step(items=[entry.stored(path)], events=[event])
        self._context.add(entry)

    def _count(self, report: Report, round_: int) -> None:
        citations = list(_citations(report))
        verified = sum(each.is_verified for each in citations)
        self._crew.journal.tell(
            "citations",
            self._post.path,
            self._context.turns,
            verified=verified,
            unverified=len(citations) - verified,
            round=round_,
        )


def _citations(report: Report) -> Iterator[Citation]:
    yield from report.citations
    for finding in report.findings:
        yield from finding.evidence
