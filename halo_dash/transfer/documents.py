"""The JSON documents of a file: one a line, one over many lines, a list of them, or one after another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from halo_dash.errors import InvalidInputError
from halo_dash.transfer.input_file import InputFile
from halo_dash.transfer.jsondoc import JsonValue, parse


@dataclass(frozen=True, slots=True)
class Document:
    """One JSON document as bytes, and where it stands in the file."""

    where: str
    data: bytes


def documents(file: InputFile) -> Iterator[Document]:
    """Each document of `file`, one in memory at a time where every line is one.

    Raises `InvalidInputError` when a file that is one big document is no JSON.
    """
    if _is_one_a_line(file):
        for number, line in file.lines():
            yield Document(f"line {number}", line)
        return
    values = _values(file)
    if len(values) == 1 and isinstance(values[0], list):
        values = values[0]
    for number, value in enumerate(values, 1):
        yield Document(f"document {number}" if len(values) > 1 else "the document", orjson.dumps(value))


def _is_one_a_line(file: InputFile) -> bool:
    first = next(file.lines(), None)
    return first is not None and first[1].startswith(b"{") and first[1].endswith(b"}")


def _values(file: InputFile) -> list[JsonValue]:
    data = file.whole()
    try:
        return [parse(data)]
    except InvalidInputError as error:
        if one_after_another := _concatenated(data):
            return one_after_another
        raise InvalidInputError(
            f"{file.name} cannot be read whole; it is {error}",
            hint="If the file was cut off, fetch it again; JSONL needs one whole document a line.",
        ) from None


def _concatenated(data: bytes) -> list[JsonValue]:
    """The documents of a file that holds several without separators; empty if it does not."""
    text = data.decode("utf-8", "replace")
    decoder = json.JSONDecoder()
    values: list[JsonValue] = []
    at = 0
    while (at := _skip_blank(text, at)) < len(text):
        try:
            end = decoder.raw_decode(text, at)[1]
            values.append(parse(text[at:end].encode()))
        except (json.JSONDecodeError, RecursionError, InvalidInputError):
            return []
        at = end
    return values


def _skip_blank(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at
