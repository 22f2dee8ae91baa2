"""What every kind of importable file provides, and the shape that most of them share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from halo_dash.errors import InvalidInputError
from halo_dash.transfer.batch import BadPart, Batch
from halo_dash.transfer.documents import documents
from halo_dash.transfer.input_file import InputFile
from halo_dash.transfer.jsondoc import top_level_keys


class Source(Protocol):
    """One kind of file that holds spans."""

    @property
    def name(self) -> str:
        """Its short name: `snapshot`, `otlp-json`, …"""
        ...

    @property
    def title(self) -> str:
        """What people call it."""
        ...

    def recognises(self, file: InputFile) -> bool:
        """Whether `file` claims to be of this kind, judged by its beginning alone."""
        ...

    def batches(self, file: InputFile) -> Iterator[Batch]:
        """What `file` holds. MUST be repeatable and MUST report each part that cannot be read in `Batch.bad`.

        Raises `InvalidInputError` when the file cannot be read at all, before anything is given.
        """
        ...


@dataclass(frozen=True, slots=True)
class DocumentSource:
    """A kind of file made of JSON documents (one a line, a list, or one) that stand for themselves."""

    name: str
    title: str
    owns: Callable[[tuple[str, ...]], bool]
    """Whether a document with these top-level keys is of this kind."""
    read: Callable[[bytes], Batch]
    """Reads one document; raises `InvalidInputError`."""

    def recognises(self, file: InputFile) -> bool:
        """See `Source`."""
        return self.owns(top_level_keys(file.head))

    def batches(self, file: InputFile) -> Iterator[Batch]:
        """See `Source`. A document that cannot be read spoils no other."""
        for document in documents(file):
            try:
                batch = self.read(document.data)
            except InvalidInputError as error:
                yield Batch(bad=(BadPart(document.where, error.message),))
                continue
            yield placed(batch, document.where)


def placed(batch: Batch, where: str) -> Batch:
    """`batch` with the document's place in front of everything there is to say about it."""
    if not batch.bad and not batch.warnings:
        return batch
    return Batch(
        batch.spans,
        batch.log_records,
        tuple(BadPart(where, f"{part.where} {part.reason}".strip()) for part in batch.bad),
        tuple(f"{where}: {warning}" for warning in batch.warnings),
        batch.annotations,
    )
