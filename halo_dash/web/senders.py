"""What to paste so that the first trace arrives, with the collector's real address."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Snippet:
    """One way to send."""

    title: str
    text: str
    note: str


def snippets(collector_url: str) -> tuple[Snippet, ...]:
    """gRPC, HTTP, Node, and a command that needs no settings at all."""
    grpc = f"export OTEL_EXPORTER_OTLP_ENDPOINT={collector_url}\nexport OTEL_EXPORTER_OTLP_PROTOCOL=grpc"
    http = grpc.replace("=grpc", "=http/protobuf")
    node = f"{http}\nexport NODE_OPTIONS=--require=@opentelemetry/auto-instrumentations-node/register"
    return (
        Snippet(
            "Any command", "halo exec -- python my_agent.py", "Runs it with the settings below already made."
        ),
        Snippet("HTTP", http, "What most SDKs speak when they are told nothing."),
        Snippet("gRPC", grpc, "On the same port."),
        Snippet("Node", node, "Needs the package @opentelemetry/auto-instrumentations-node."),
    )
