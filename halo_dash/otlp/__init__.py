"""OTLP on the wire: bytes to `halo_dash.model` and back. Pure; knows nothing of sockets or stores."""

from halo_dash.otlp.compression import decompress
from halo_dash.otlp.decode import (
    Decoded,
    DecodedLogs,
    DecodedTraces,
    decode_logs,
    decode_traces,
)
from halo_dash.otlp.encode import encode_traces

__all__ = [
    "Decoded",
    "DecodedLogs",
    "DecodedTraces",
    "decode_logs",
    "decode_traces",
    "decompress",
    "encode_traces",
]
