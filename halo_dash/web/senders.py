"""What to paste so that the first trace arrives, with the collector's real address."""

from __future__ import annotations

from dataclasses import dataclass

_USUAL = "http://127.0.0.1:4281"
"""Where `halo exec` sends by itself when nothing is configured."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """One way to send."""

    title: str
    text: str
    note: str


def snippets(collector_url: str, *, has_token: bool = False) -> tuple[Snippet, ...]:
    """gRPC, HTTP, Node, and a command that needs no settings at all.

    A token is named and never spelled out: what is pasted into a shell stays in its history.
    """
    where = "" if collector_url == _USUAL else f"--endpoint {collector_url} "
    grpc = f"export OTEL_EXPORTER_OTLP_ENDPOINT={collector_url}\nexport OTEL_EXPORTER_OTLP_PROTOCOL=grpc"
    if has_token:
        grpc += '\nexport OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20$HALO_TOKEN"'
    http = grpc.replace("=grpc", "=http/protobuf")
    node = (
        f"{http}\nexport OTEL_TRACES_EXPORTER=otlp\n"
        'export NODE_OPTIONS="--require @opentelemetry/auto-instrumentations-node/register"'
    )
    return (
        Snippet(
            "Any command",
            f"halo exec {where}-- python my_agent.py",
            "Runs it with the settings below already made.",
        ),
        Snippet("HTTP", http, "What most SDKs speak when they are told nothing."),
        Snippet("gRPC", grpc, "On the same port."),
        Snippet("Node", node, "Needs the package @opentelemetry/auto-instrumentations-node."),
    )
