"""Stored bodies are made and read by many compressors in one process."""

from __future__ import annotations

from halo_dash.store.compression import Compressor, decompress


def test_compressors_share_the_dictionary_without_freeing_it_under_each_other() -> None:
    body = b"gen_ai.input.messages " * 200
    compressors = [Compressor() for _ in range(20)]
    frames = [each.compress(body) for _ in range(50) for each in compressors]
    assert len(set(frames)) == 1
    assert decompress(frames[0]) == body
