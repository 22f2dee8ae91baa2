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


def to_paste(endpoint: str, *, has_token: bool = False) -> dict[str, dict[str, str]]:
    """What to export in a shell, by sender (`gRPC`, `HTTP`, `Node`): names to shell words.

    A token is named and never spelled out: what is pasted into a shell stays in its history.
    """

    def common(protocol: Protocol) -> dict[str, str]:
        variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}
        if has_token:
            variables["OTEL_EXPORTER_OTLP_HEADERS"] = '"authorization=Bearer%20$HALO_TOKEN"'
        return variables | {"OTEL_EXPORTER_OTLP_PROTOCOL": protocol}

    agent_without_code = {
        "OTEL_TRACES_EXPORTER": "otlp",
        "NODE_OPTIONS": '"--require @opentelemetry/auto-instrumentations-node/register"',
    }
    return {
        "gRPC": common("grpc"),
        "HTTP": common("http/protobuf"),
        "Node": common("http/protobuf") | agent_without_code,
    }
