"""Runs, conversations and reports as JSON: the same on the page's twin, the command line and for programs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from halo_dash.model.report import Report
from halo_dash.model.run import Conversation, Message, Run, RunEvent, SelectionSize
from halo_dash.model.twin.values import Json, iso_time


def run_json(run: Run) -> dict[str, Json]:
    """A run. `runId` and `conversationId` are what scripts of the hosted command line read."""
    request = run.request
    return {
        "runId": run.run_id,
        "conversationId": run.conversation_id,
        "run_id": run.run_id,
        "conversation_id": run.conversation_id,
        "kind": run.kind,
        "state": run.state,
        "phase": run.phase,
        "reason": run.reason,
        "created": iso_time(run.created_ns),
        "started": None if run.started_ns is None else iso_time(run.started_ns),
        "ended": None if run.ended_ns is None else iso_time(run.ended_ns),
        "analyst": request.analyst,
        "prompt": request.prompt,
        "filter": [{"name": name, "value": value} for name, value in request.filter.pairs()],
        "trace_ids": list(request.trace_ids),
        "models": dict(dataclasses.asdict(request.models)),
        "limits": dict(dataclasses.asdict(request.limits)),
        "usage": dict(dataclasses.asdict(run.usage)),
        "selection": None if run.size is None else _size(run.size),
        "trace_id": run.trace_id,
        "resumed": run.resumed,
        "is_cancel_asked": run.is_cancel_asked,
    }


def _size(size: SelectionSize) -> Json:
    return {**dataclasses.asdict(size), "is_sampled": size.is_sampled}


def message_json(message: Message) -> dict[str, Json]:
    """A message; `content` is Markdown, `report` the same structured."""
    return {
        "message_id": message.message_id,
        "role": message.role,
        "content": message.content,
        "created": iso_time(message.created_ns),
        "run_id": message.run_id,
        "report": None if message.report is None else report_json(message.report),
    }


def report_json(report: Report) -> dict[str, Json]:
    """A report, field for field; of each finding also whether the machine counts otherwise."""
    found: dict[str, Json] = dict(dataclasses.asdict(report))
    found["findings"] = [
        {**dataclasses.asdict(each), "is_counted_otherwise": each.is_counted_otherwise}
        for each in report.findings
    ]
    return found


def event_json(event: RunEvent) -> dict[str, Json]:
    """What happened in a run."""
    return {
        "sequence": event.sequence,
        "at": iso_time(event.at_ns),
        "kind": event.kind,
        "agent": event.agent,
        "turn": event.turn,
        "data": dict(event.data),
    }


def conversation_json(conversation: Conversation) -> dict[str, Json]:
    """A conversation with its runs and messages."""
    return {
        **_conversation(conversation),
        "messages": [message_json(each) for each in conversation.messages],
    }


def conversations_json(conversations: Iterable[Conversation], next_cursor: str | None) -> dict[str, Json]:
    """A page of conversations, without messages."""
    return {"items": [_conversation(each) for each in conversations], "next_cursor": next_cursor}


def _conversation(conversation: Conversation) -> dict[str, Json]:
    return {
        "conversationId": conversation.conversation_id,
        "conversation_id": conversation.conversation_id,
        "title": conversation.title,
        "created": iso_time(conversation.created_ns),
        "updated": iso_time(conversation.updated_ns),
        "runs": [run_json(each) for each in conversation.runs],
    }
