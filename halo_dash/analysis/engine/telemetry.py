"""The trace of a run in a file of its own, in place of the store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from halo_dash.model.span import Span
from halo_dash.otlp.encode import encode_traces

_PROTOBUF = {".pb", ".binpb", ".otlp"}
_SIZE_BYTES = 4


def file_sink(path: str) -> Callable[[Sequence[Span]], None]:
    """Appends spans that have ended: one OTLP/JSON request a line, or protobuf with sizes in front.

    The OpenTelemetry Collector writes both forms, and `halo import` reads them; the end of the name decides
    (`.pb`, `.binpb` and `.otlp` are protobuf). The sink raises OSError.
    """
    target = Path(path)

    def write(spans: Sequence[Span]) -> None:
        # A file has no way to take back what it says of an agent that is still at work.
        ended = [span for span in spans if span.end_ns]
        if not ended:
            return
        if target.suffix in _PROTOBUF:
            data = encode_traces(ended, "protobuf")
            data = len(data).to_bytes(_SIZE_BYTES, "big") + data
        else:
            data = encode_traces(ended, "json") + b"\n"
        with target.open("ab") as file:
            file.write(data)

    return write
