"""The one table of file formats that can be imported."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from halo_dash.errors import InvalidInputError
from halo_dash.transfer import halo_jsonl, otlp_files
from halo_dash.transfer.batch import Batch
from halo_dash.transfer.input_file import InputFile
from halo_dash.transfer.jsondoc import top_level_keys
from halo_dash.transfer.otlp_files import OtlpProtobuf
from halo_dash.transfer.snapshot import SnapshotSource
from halo_dash.transfer.source import DocumentSource, Source

OTLP_JSON: Final = DocumentSource(
    "otlp-json", "OTLP JSON", otlp_files.is_request, otlp_files.read_json_request
)
HALO_JSONL: Final = DocumentSource("halo-jsonl", "HALO JSONL", halo_jsonl.is_span, halo_jsonl.read_line)
SOURCES: Final[tuple[Source, ...]] = (SnapshotSource(), OTLP_JSON, HALO_JSONL, OtlpProtobuf())
"""Asked in this order. A new format is one more entry, and a line in docs/importing.md."""
_LINE_SOURCES: Final = (OTLP_JSON, HALO_JSONL)
_HEAD_OF_LINE: Final = 4096


def detect(file: InputFile | Path | bytes) -> Source:
    """The kind of file this is, judged by what it holds, never by its name.

    Raises `InvalidInputError` for an empty file and for one that no source recognises.
    """
    if isinstance(file, bytes):
        file = InputFile.of(file, "the data")
    elif isinstance(file, Path):
        file = InputFile.at(file)
    if not file.head.strip():
        raise InvalidInputError(f"{file.name} is empty", hint="Was it written completely?")
    for source in SOURCES:
        if source.recognises(file):
            return source
    keys = top_level_keys(file.head)
    seen = f"JSON with the keys {', '.join(keys[:6])}" if keys else f"{file.head[:16]!r} at its beginning"
    raise InvalidInputError(
        f"{file.name} is no file of spans that halo-dash knows: it has {seen}",
        hint=f"These can be imported: {', '.join(source.title for source in SOURCES)} (each also as .gz).",
    )


def read_line(line: bytes) -> Batch:
    """What one line of a growing file holds: a HALO JSONL span or a whole OTLP/JSON request.

    Raises `InvalidInputError` for anything else.
    """
    keys = top_level_keys(line[:_HEAD_OF_LINE])
    for source in _LINE_SOURCES:
        if source.owns(keys):
            return source.read(line)
    # Neither at its head: let the span reader say what is wrong, key by key or as JSON.
    return HALO_JSONL.read(line)
