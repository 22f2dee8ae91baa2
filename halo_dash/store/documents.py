"""The full-text documents of one trace, from its stored spans, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from halo_dash.search.document import COLUMNS, MARK, Said, TraceTexts
from halo_dash.search.text import SEPARATOR, prepare
from halo_dash.store.annotations import texts_of
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
    """Too much to be held at once: `documents` is empty, and to be walked with `TraceWalk.documents`."""

    @property
    def is_empty(self) -> bool:
        """Whether the trace is gone."""
        return not (self.documents or self.spans or self.is_huge)


class TraceWalk:
    """A trace as it is stored now, read span by span."""

    def __init__(
        self,
        connection: Connection,
        catalogue: Catalogue,
        trace: int,
        trace_id: str,
        most: int = DOCUMENT_BYTES,
        *,
        has_logs: bool = True,
    ) -> None:
        """`has_logs`: whether the store has any log record, see `has_any_logs`."""
        self._connection = connection
        self._catalogue = catalogue
        self._trace = trace
        self._trace_id = trace_id
        self._most = most
        self._has_logs = has_logs
        self._spans = 0

    def read(self) -> TraceDocuments:
        """The documents of the trace, each of about `most` characters at most."""
        documents: list[Columns] = []
        size = 0
        for columns in self.documents():
            documents.append(columns)
            size += sum(map(len, columns))
            if size > HELD_BYTES:
                return TraceDocuments(is_huge=True)
        return TraceDocuments(documents, self._spans, size)

    def documents(self) -> Iterator[Columns]:
        """The same, one after the other."""
        connection, trace_id, most = self._connection, self._trace_id, self._most
        logs = read_logs_of_traces(connection, self._catalogue, [trace_id]) if self._has_logs else {}
        texts, size = TraceTexts(), 0
        for annotation in texts_of(connection, self._trace, trace_id):
            texts.add_annotation(annotation)
            size += len(annotation.value)
        resources, scopes = self._catalogue.resources, self._catalogue.scopes
        self._spans = 0
        for span_id, name, reading, resource, scope, body in connection.execute(
            sql("search", "said_in"), (self._trace,)
        ):
            self._spans += 1
            packed = decompress(body)
            if size and size + len(packed) > most:
                yield from _documents(texts, size, most)
                texts, size = TraceTexts(), 0
            sources = (resources.get(connection, resource), scopes.get(connection, scope))
            said = Said(name, trace_id, span_id, *unpack_said(packed), *sources, *unpack_kind(reading))
            texts.add_said(said, logs.get((trace_id, span_id), ()))
            size += len(packed)
        yield from _documents(texts, size, most)


def count_spans(connection: Connection, trace: int) -> int:
    """The spans that a trace has now."""
    (spans,) = connection.execute(sql("spans", "count_up_to"), (trace, _ALL)).fetchone()
    return int(spans)


def has_any_logs(connection: Connection) -> bool:
    """Whether the store has any log record: most have none, and asking for each trace costs more."""
    (found,) = connection.execute(sql("logs", "any")).fetchone()
    return bool(found)


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
