"""Values of runs as they are stored: what a later version adds has a default, what it dropped is left out."""

from __future__ import annotations

from typing import Any, TypeVar, cast

import msgspec
import zstandard

from halo_dash.errors import StoreError
from halo_dash.model.report import Report
from halo_dash.model.run import Message, Run, RunEvent, RunRequest, RunUsage, Seen, SelectionSize
from halo_dash.store.codec import pack, unpack
from halo_dash.store.compression import decompress

_LEVEL = 3
T = TypeVar("T")


def pack_value(value: object) -> bytes:
    """A frozen dataclass of the model, or plain values."""
    return pack(msgspec.to_builtins(value))


def unpack_value(data: bytes, kind: type[T]) -> T:
    """The inverse. Raises `StoreError` where it is damaged."""
    try:
        return msgspec.convert(unpack(data), kind)
    except msgspec.ValidationError as error:
        raise StoreError(
            f"A stored {kind.__name__} cannot be read: {error}.",
            hint="Upgrade halo-dash: it may have been written by a newer one.",
        ) from error


def pack_large(value: object) -> bytes:
    """Plain values that may be long: tool results, contexts, states of code."""
    return zstandard.ZstdCompressor(level=_LEVEL).compress(pack(value))


def unpack_large(data: bytes) -> Any:
    """The inverse of `pack_large`."""
    return unpack(decompress(bytes(data)))


def read_run(row: tuple[Any, ...]) -> Run:
    """A row of `runs` as its statements select it."""
    return Run(
        run_id=row[0],
        conversation_id=row[1],
        kind=row[2],
        request=unpack_value(row[3], RunRequest),
        state=row[4],
        created_ns=row[5],
        started_ns=row[6],
        ended_ns=row[7],
        phase=row[8],
        reason=row[9],
        usage=unpack_value(row[10], RunUsage),
        size=None if row[11] is None else unpack_value(row[11], SelectionSize),
        trace_id=row[12],
        is_cancel_asked=bool(row[13]),
        resumed=row[14],
    )


def read_event(row: tuple[Any, ...]) -> RunEvent:
    """A row of `run_events`."""
    sequence, at_ns, kind, agent, turn, data = row
    return RunEvent(
        sequence=sequence, at_ns=at_ns, kind=kind, agent=agent, turn=turn, data=unpack_large(data)
    )


def read_message(row: tuple[Any, ...]) -> Message:
    """A row of `messages`."""
    message_id, role, content, created_ns, run_id, report = row
    return Message(
        message_id=message_id,
        role=role,
        content=content,
        created_ns=created_ns,
        run_id=run_id,
        report=None if report is None else unpack_value(report, Report),
    )


def read_seen(row: tuple[Any, ...]) -> Seen:
    """A row of `run_seen`."""
    trace_id, agent, how, spans = row
    return Seen(trace_id=trace_id, agent=agent, how=how, spans=read_spans(spans))


def read_spans(data: bytes) -> frozenset[str]:
    """The ids of spans in a row of `run_seen`."""
    return frozenset(cast("list[str]", unpack_large(data)))
