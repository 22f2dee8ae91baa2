"""Making room in a context: old items give way to a summary, and stay where they can be read again."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from typing import Final

from halo_dash.analysis.engine.budget import BudgetSpent
from halo_dash.analysis.engine.calls import Paid, Question
from halo_dash.analysis.engine.context import Context, Entry
from halo_dash.analysis.engine.crew import Crew, Post
from halo_dash.analysis.engine.prompts import prompt
from halo_dash.analysis.engine.tokens import characters_of
from halo_dash.analysis.provider.wire import AssistantItem, SystemItem, ToolItem, ToolSpec, UserItem
from halo_dash.errors import ProviderError

BEGINS_AT: Final = 0.75
"""Of the window: from here on the next answers of tools might not fit."""
_KEPT = 0.25
"""Of the window: the latest items stay as they are."""
_READ = 0.5
"""Of the window of the model that sums up: what it is given."""
_WORTH_IT = 0.1
"""Of the window: less is not worth a summary, unless there is no other way."""
_LISTED = 150
_GLIMPSE = 240

_log = logging.getLogger(__name__)


class Compaction:
    """Of one agent."""

    def __init__(self, crew: Crew, post: Post) -> None:
        self.crew, self.post = crew, post
        self._too_much: int | None = None
        """Tokens that the model's server took for too many, whatever is known of its window."""

    def is_due(self, context: Context, tools: Sequence[ToolSpec]) -> bool:
        """The next answers might not fit any more."""
        return self._tokens(context, tools) > BEGINS_AT * self._window()

    def compact(self, context: Context, turn: int, *, share: float = _KEPT) -> bool:
        """Put a summary in the place of the older items; False where nothing can give way.

        Raises `Stopped`, `OvertakenError`.
        """
        replaced = self._replaced(context, int(share * min(self._window(), self._tokens(context))))
        freed = self.crew.budget.scale.tokens(self._model, characters_of(each.item for each in replaced))
        if not replaced or (share and freed < _WORTH_IT * self._window()):
            return False
        before = self._tokens(context)
        paid, words = self._summed_up(replaced, turn)
        covers = replaced[-1].position
        text = prompt("summary", question=self.post.question, summary=words, items=_listing(context, covers))
        entry = Entry(context.next_position, UserItem(text), turn, "summary", covers)
        context.add(entry)
        journal = self.crew.journal
        event = journal.event(
            "compaction",
            self.post.path,
            turn,
            items=len(replaced),
            tokens_before=before,
            tokens_after=self._tokens(context),
        )
        if paid is None:
            journal.step(items=[entry.stored(self.post.path)], events=[event])
        else:
            events = [*paid.events, event]
            journal.step(items=[entry.stored(self.post.path)], events=events, taken=paid.taken)
        return True

    @property
    def _model(self) -> str:
        return self.crew.calls.names.of_role(self.post.role)

    def _window(self) -> int:
        return min(self.crew.window(self._model), self._too_much or sys.maxsize)

    def was_too_much(self, context: Context, tools: Sequence[ToolSpec]) -> None:
        """The model's server refused what was sent."""
        self._too_much = self._tokens(context, tools)

    def _tokens(self, context: Context, tools: Sequence[ToolSpec] = ()) -> int:
        return self.crew.budget.scale.tokens(self._model, characters_of(context.items(), tools))

    def _replaced(self, context: Context, kept: int) -> list[Entry]:
        """What gives way: all but the instructions and the latest, cut before a message of the model."""
        entries = context.effective()[1:]
        size = 0
        start = len(entries)
        for at in range(len(entries) - 1, -1, -1):
            size += self.crew.budget.scale.tokens(self._model, characters_of([entries[at].item]))
            if size > kept:
                break
            if isinstance(entries[at].item, AssistantItem):
                start = at
        replaced = entries[:start]
        # A summary alone has nothing to say again.
        return replaced if any(each.covers is None for each in replaced) else []

    def _summed_up(self, replaced: Sequence[Entry], turn: int) -> tuple[Paid | None, str]:
        model = self.crew.calls.names.of_role("compaction")
        room = int(_READ * self.crew.window(model) * 1_000 / self.crew.budget.scale.tokens(model, 1_000))
        items = (SystemItem(prompt("compaction")), UserItem(_transcript(replaced, room)))
        question = Question(
            role="compaction",
            agent=self.post.path,
            turn=turn,
            items=items,
            new=items,
            place=f"{self.post.path}/compaction/{replaced[-1].position}",
        )
        try:
            paid = self.crew.calls.ask(question)
        except (ProviderError, BudgetSpent) as error:
            _log.info("Summing up without a model: %s", error)
            return None, prompt("no_summary")
        return paid, paid.reply.text or prompt("no_summary")


def _transcript(entries: Sequence[Entry], room: int) -> str:
    """What is to be summed up, each item shortened alike where they do not fit."""
    texts = [(_title(each), _said(each)) for each in entries]
    share = max(200, room // max(1, len(texts)))
    return "\n\n".join(f"[{title}]\n{_shortened(text, share)}" for title, text in texts)


def _shortened(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]}\n… {len(text) - 2 * half:,} characters left out here …\n{text[-half:]}"


def _listing(context: Context, covers: int) -> str:
    """What can be read again, by its id."""
    entries = [each for each in context.entries if 0 < each.position <= covers and each.covers is None]
    calls = {
        place: f"{call.name}({call.arguments[:_GLIMPSE]})"
        for each in entries
        if isinstance(each.item, AssistantItem)
        for place, call in enumerate(each.item.tool_calls, each.position + 1)
    }
    told = [each for each in entries if isinstance(each.item, ToolItem)]
    lines = [
        f"- {each.position}: {calls.get(each.position, '')} → {len(each.item.text):,} characters"
        for each in told
    ]
    if len(lines) > _LISTED:
        lines = [f"- {len(lines) - _LISTED} older ones, ids {told[0].position} and up", *lines[-_LISTED:]]
    return "\n".join(lines)


def _title(entry: Entry) -> str:
    role = {"AssistantItem": "you", "ToolItem": "tool", "UserItem": "user"}.get(type(entry.item).__name__, "")
    return f"item {entry.position}, {role}"


def _said(entry: Entry) -> str:
    item = entry.item
    calls = item.tool_calls if isinstance(item, AssistantItem) else ()
    return "\n".join([item.text, *(f"called {each.name} with {each.arguments}" for each in calls)]).strip()
