"""zstd frames with a dictionary trained on spans.

The frame names its dictionary, so stored bodies stay readable when a later version ships a better one:
dictionaries are only ever added to `dictionaries/`, the newest is written with.
"""

from __future__ import annotations

import threading
from functools import cache
from importlib.resources import files

import zstandard

from halo_dash.errors import StoreError

_LEVEL = 1
_NO_DICTIONARY = 0


@cache
def _dictionaries() -> dict[int, zstandard.ZstdCompressionDict]:
    """By id, oldest first."""
    folder = files("halo_dash.store") / "dictionaries"
    entries = sorted(
        (each for each in folder.iterdir() if each.name.endswith(".zdict")), key=lambda each: each.name
    )
    loaded = [zstandard.ZstdCompressionDict(each.read_bytes()) for each in entries]
    for each in loaded[-1:]:
        # Once in a process: doing it again frees what living compressors point to.
        each.precompute_compress(level=_LEVEL)
    return {each.dict_id(): each for each in loaded}


class Compressor:
    """Makes frames; one thread at a time."""

    def __init__(self) -> None:
        newest = list(_dictionaries().values())[-1:]
        self._zstd = (
            zstandard.ZstdCompressor(level=_LEVEL, dict_data=newest[0])
            if newest
            else zstandard.ZstdCompressor(level=_LEVEL)
        )
        self.compress = self._zstd.compress


_per_thread = threading.local()


def decompress(frame: bytes) -> bytes:
    """The content of a frame. Raises `StoreError` where it is damaged or needs an unknown dictionary."""
    try:
        wanted = zstandard.get_frame_parameters(frame).dict_id
        known: dict[int, zstandard.ZstdDecompressor] = _per_thread.__dict__.setdefault("known", {})
        if wanted not in known:
            known[wanted] = _decompressor(wanted)
        return known[wanted].decompress(frame)
    except zstandard.ZstdError as error:
        raise StoreError(
            f"A stored span body cannot be unpacked: {error}.", hint="Run `halo doctor` to check the store."
        ) from error


def _decompressor(dictionary_id: int) -> zstandard.ZstdDecompressor:
    if dictionary_id == _NO_DICTIONARY:
        return zstandard.ZstdDecompressor()
    if dictionary_id not in _dictionaries():
        raise StoreError(
            f"A stored span body needs the dictionary {dictionary_id}, which this program does not have.",
            hint="Upgrade halo-dash: the store was written by a newer version.",
        )
    return zstandard.ZstdDecompressor(dict_data=_dictionaries()[dictionary_id])
