"""Importing files: the one path from any source into the store.

A file is read twice when it is large, once otherwise: first everything is checked, then everything is
written, in transactions of a few thousand spans. So a file with something unreadable in it changes
nothing, a collector that runs beside it is never locked out for long, and repeating an import that was
interrupted changes nothing that is already there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

from halo_dash.errors import InvalidInputError
from halo_dash.ingest import Ingest
from halo_dash.model.annotation import Annotation
from halo_dash.model.span import LogRecord, Span
from halo_dash.transfer.batch import BadPart, Batch
from halo_dash.transfer.input_file import InputFile
from halo_dash.transfer.source import Source
from halo_dash.transfer.sources import detect

UPLOAD_LIMIT: Final = 256 * 1024 * 1024
"""Bytes of uploaded data after decompression; larger files are for the command line."""
_HELD_SPANS: Final = 20_000
"""Files with no more spans than this are kept in memory between checking and writing."""
_SPANS_A_WRITE: Final = 4_096
_ANNOTATIONS_A_WRITE: Final = 500
_NAMED: Final = 20
_MOST_BAD: Final = 1_000
"""A file with so many unreadable parts is refused without reading on, so that one cannot fill the memory."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did."""

    name: str
    """The file, as the caller named it."""
    source: str
    """What kind of file it was: the name of its source."""
    title: str
    """The same for people."""
    traces: tuple[str, ...]
    """The ids of its traces, in the order of the file."""
    spans: int
    log_records: int
    inserted: int
    updated: int
    duplicates: int
    """Spans that were there already, at least as complete."""
    skipped: tuple[BadPart, ...]
    """What could not be read; empty unless asked to skip it."""
    warnings: tuple[str, ...]
    annotations: int = 0
    """Notes, verdicts and tags that were new, or changed later than what was there."""


def import_file(ingest: Ingest, path: Path, *, skip_bad: bool = False) -> ImportReport:
    """Import a file of any known kind. Source of the traces: `import`.

    With `skip_bad`, unreadable lines are left out and reported. Raises `NotFoundError`, and
    `InvalidInputError` that names every unreadable part, before anything is written.
    """
    return _import(ingest, InputFile.at(path), skip_bad=skip_bad)


def import_bytes(ingest: Ingest, data: bytes, name: str, *, skip_bad: bool = False) -> ImportReport:
    """The same for an upload; `name` is what the browser called the file."""
    return _import(ingest, InputFile.of(data, name, limit=UPLOAD_LIMIT), skip_bad=skip_bad)


def _import(ingest: Ingest, file: InputFile, *, skip_bad: bool) -> ImportReport:
    source = detect(file)
    checked = _check(source, file, skip_bad=skip_bad)
    inserted = updated = duplicates = 0
    for spans, log_records in _pieces(checked.held or source.batches(file)):
        written = ingest.write_spans(spans, log_records, source="import")
        inserted += written.inserted
        updated += written.updated
        duplicates += written.duplicates
    annotations = 0
    for begin in range(0, len(checked.annotations), _ANNOTATIONS_A_WRITE):
        some = checked.annotations[begin : begin + _ANNOTATIONS_A_WRITE]
        annotations += ingest.write_spans((), annotations=some, source="import").annotations
    return ImportReport(
        name=file.name,
        source=source.name,
        title=source.title,
        traces=tuple(checked.traces),
        spans=checked.spans,
        log_records=checked.log_records,
        inserted=inserted,
        updated=updated,
        duplicates=duplicates,
        skipped=tuple(checked.bad),
        warnings=tuple(checked.warnings),
        annotations=annotations,
    )


@dataclass(slots=True)
class _Checked:
    """What the first reading of a file found."""

    traces: dict[str, None]
    bad: list[BadPart]
    warnings: list[str]
    held: list[Batch] | None
    spans: int = 0
    log_records: int = 0
    annotations: list[Annotation] = field(default_factory=list)


def _check(source: Source, file: InputFile, *, skip_bad: bool) -> _Checked:
    found = _Checked({}, [], [], [])
    for batch in source.batches(file):
        found.traces.update(dict.fromkeys(span.trace_id for span in batch.spans))
        found.bad.extend(batch.bad)
        found.warnings.extend(batch.warnings)
        found.spans += len(batch.spans)
        found.log_records += len(batch.log_records)
        found.annotations.extend(batch.annotations)
        if found.held is not None:
            found.held.append(batch)
            if found.spans + found.log_records > _HELD_SPANS:
                found.held = None
        if not skip_bad and len(found.bad) >= _MOST_BAD:
            break
    if found.bad and not skip_bad:
        more = " or more" if len(found.bad) >= _MOST_BAD else ""
        parts = "1 part" if len(found.bad) == 1 else f"{len(found.bad):,} parts{more}"
        raise InvalidInputError(
            f"{file.name} holds {parts} that cannot be read as {source.title}; nothing was "
            f"imported:\n{_listed(found.bad)}",
            hint="Mend them, or import the rest with --skip-bad-lines.",
        )
    if not found.spans and not found.log_records:
        raise InvalidInputError(
            f"{file.name} is {source.title} but holds no span"
            + (f":\n{_listed(found.bad)}" if found.bad else "")
        )
    return found


def _listed(bad: list[BadPart]) -> str:
    named = "\n".join(f"  {part}" for part in bad[:_NAMED])
    return named + (f"\n  and {len(bad) - _NAMED} more" if len(bad) > _NAMED else "")


def _pieces(batches: Iterator[Batch] | list[Batch]) -> Iterator[tuple[list[Span], list[LogRecord]]]:
    """Spans and log records in pieces of one transaction each, in the order of the file."""
    spans: list[Span] = []
    log_records: list[LogRecord] = []
    for batch in batches:
        rest, rest_logs = iter(batch.spans), iter(batch.log_records)
        while True:
            spans.extend(islice(rest, _SPANS_A_WRITE - len(spans)))
            log_records.extend(islice(rest_logs, _SPANS_A_WRITE - len(log_records)))
            if len(spans) < _SPANS_A_WRITE and len(log_records) < _SPANS_A_WRITE:
                break
            yield spans, log_records
            spans, log_records = [], []
    if spans or log_records:
        yield spans, log_records
