"""How to point an OpenTelemetry exporter at this collector, ready to paste."""

from __future__ import annotations

from typing import Literal, TypeAlias
from urllib.parse import quote

Protocol: TypeAlias = Literal["grpc", "http/protobuf", "http/json"]


def environment_for(endpoint: str, *, protocol: Protocol, token: str | None = None) -> dict[str, str]:
    """Return the variables that make any OpenTelemetry SDK send to `endpoint`.

    Names and the encoding of headers: OpenTelemetry specification, "Protocol Exporter" and
    "Environment Variable" pages.
    """
    variables = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
        "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
        "OTEL_TRACES_EXPORTER": "otlp",
    }
    if token:
        variables["OTEL_EXPORTER_OTLP_HEADERS"] = f"authorization={quote(f'Bearer {token}')}"
    return variables


def snippets(endpoint: str, *, has_token: bool = False) -> list[tuple[str, str]]:
    """Return (label, shell command) for gRPC, HTTP and Node."""
    # The token itself is shown once and apart; a snippet is pasted into places that keep it.
    secret = ' OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20$HALO_TOKEN"' if has_token else ""
    export = f"export OTEL_EXPORTER_OTLP_ENDPOINT={endpoint}{secret} OTEL_EXPORTER_OTLP_PROTOCOL="
    node = 'NODE_OPTIONS="--require @opentelemetry/auto-instrumentations-node/register"'
    return [
        ("gRPC", f"{export}grpc"),
        ("HTTP", f"{export}http/protobuf"),
        ("Node", f"{export}http/protobuf OTEL_TRACES_EXPORTER=otlp {node}"),
    ]
