"""Train the zstd dictionary for span bodies on the recorded requests in `tests/fixtures/otlp`.

    python bench/train_dictionary.py halo_dash/store/dictionaries/0001.zdict 1

The second argument is the dictionary's id. It stands in every frame: never use one again that was shipped.
"""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterator
from pathlib import Path

import zstandard

from halo_dash.otlp import decode_logs, decode_traces
from halo_dash.store.codec import pack_log, pack_span

_BYTES = 64 << 10
_FIRST_ID = 0x48414C00
"""Ids begin here, far from those that other programs choose."""


def _bodies(folder: Path) -> Iterator[bytes]:
    for path in sorted(folder.glob("*/[0-9]*")):
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        encoding = "json" if ".json" in path.suffixes else "protobuf"
        if ".logs" in path.suffixes:
            yield from (pack_log(record) for record in decode_logs(data, encoding))
        else:
            yield from (pack_span(span) for span in decode_traces(data, encoding))


def _train(target: Path, number: int) -> None:
    samples = list(_bodies(Path(__file__).parent.parent / "tests" / "fixtures" / "otlp"))
    dictionary = zstandard.train_dictionary(_BYTES, samples, dict_id=_FIRST_ID + number, level=1)
    target.write_bytes(dictionary.as_bytes())
    raw = sum(map(len, samples))
    for name, compressor in (
        ("without", zstandard.ZstdCompressor(level=1)),
        ("with", zstandard.ZstdCompressor(level=1, dict_data=dictionary)),
    ):
        size = sum(len(compressor.compress(sample)) for sample in samples)
        print(f"{len(samples)} bodies, {name} the dictionary {raw / size:.2f} times smaller")


if __name__ == "__main__":
    _train(Path(sys.argv[1]), int(sys.argv[2]))
