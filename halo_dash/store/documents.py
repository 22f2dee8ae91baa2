"""The full-text documents of one trace, from its stored spans, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from halo_dash.search.document import COLUMNS, MARK, Said, TraceTexts
from halo_dash.search.text import SEPARATOR, prepare
from halo_dash.store.catalogue import Catalogue
from halo_dash.store.codec import unpack_said
from halo_dash.store.compression import decompress
from halo_dash.store.driver import Connection
from halo_dash.store.span_rows import unpack_kind
from halo_dash.store.statements import sql
from halo_dash.store.whole_spans import read_logs_of_traces

DOCUMENT_BYTES = 4 << 20
"""A trace with more packed spans, or a document with longer texts, is continued in another document."""

HELD_BYTES = 16 << 20
"""Characters of a trace that may be held in memory."""

_OVERLAP = 4096
"""Characters by which the pieces of an enormous text overlap, so that phrases at the cut are found."""

_ALL = 2**62

Columns = tuple[str, ...]


@dataclass(slots=True)
class TraceDocuments:
    """What is to be indexed of a trace."""

    documents: list[Columns] = field(default_factory=list)
    spans: int = 0
    size: int = 0
    """Characters."""
    is_huge: bool = False
    """Too much to be held at once: `documents` is empty, and to be walked with `walk_documents`."""


def read_documents(
    connection: Connection, catalogue: Catalogue, trace: int, trace_id: str, most: int = DOCUMENT_BYTES
) -> TraceDocuments:
    """The documents of a trace as it is stored now, each of about `most` characters at most."""
    found = TraceDocuments(spans=count_spans(connection, trace))
    for columns in walk_documents(connection, catalogue, trace, trace_id, most):
        found.documents.append(columns)
        found.size += sum(map(len, columns))
        if found.size > HELD_BYTES:
            return TraceDocuments(spans=found.spans, is_huge=True)
    return found


def count_spans(connection: Connection, trace: int) -> int:
    """The spans that a trace has now."""
    (spans,) = connection.execute(sql("spans", "count_up_to"), (trace, _ALL)).fetchone()
    return int(spans)


def walk_documents(
    connection: Connection, catalogue: Catalogue, trace: int, trace_id: str, most: int = DOCUMENT_BYTES
) -> Iterator[Columns]:
    """The same, one after the other."""
    has_logs = connection.execute(sql("logs", "any")).fetchone()[0]
    logs = read_logs_of_traces(connection, catalogue, [trace_id]) if has_logs else {}
    texts, size = TraceTexts(), 0
    resources, scopes = catalogue.resources, catalogue.scopes
    for span_id, name, reading, resource, scope, body in connection.execute(
        sql("search", "said_in"), (trace,)
    ):
        packed = decompress(body)
        if size and size + len(packed) > most:
            yield from _documents(texts, size, most)
            texts, size = TraceTexts(), 0
        sources = (resources.get(connection, resource), scopes.get(connection, scope))
        said = Said(name, trace_id, span_id, *unpack_said(packed), *sources, *unpack_kind(reading))
        texts.add_said(said, logs.get((trace_id, span_id), ()))
        size += len(packed)
    yield from _documents(texts, size, most)


def _documents(texts: TraceTexts, size: int, most: int) -> Iterator[Columns]:
    return iter((texts.columns(),)) if size <= most else _pieces(texts, most)


def _pieces(texts: TraceTexts, most: int) -> Iterator[Columns]:
    """Texts that are too long together: as many as fit, or a part of one, in each document."""
    marks = " ".join(sorted(texts.marks()))
    columns: dict[str, list[str]] = {}
    size = 0
    for name, text in texts.texts():
        for piece in _cut(text, most):
            if size and size + len(piece) > most:
                yield _document(columns, marks)
                columns, size = {}, 0
            columns.setdefault(name, []).append(prepare(piece))
            size += len(piece)
    yield _document(columns, marks)


def _cut(text: str, most: int) -> Iterator[str]:
    """The text in pieces that begin and end at blanks, as far as there are any."""
    begin = 0
    while begin + most < len(text):
        end = text.rfind(" ", begin + most // 2, begin + most) + 1 or begin + most
        yield text[begin:end]
        overlap = min(_OVERLAP, most // 4)
        begin = text.rfind(" ", end - overlap, end - overlap // 2) + 1 or end - overlap
    yield text[begin:]


def _document(columns: dict[str, list[str]], marks: str) -> Columns:
    parted = f" {SEPARATOR} "
    return tuple(marks if name == MARK else parted.join(columns.get(name, ())) for name in COLUMNS)
