"""What to paste so that the first trace arrives, with the collector's real address."""

from __future__ import annotations

from dataclasses import dataclass

from halo_dash.config.exporters import to_paste

_USUAL = "http://127.0.0.1:4281"
"""Where `halo exec` sends by itself when nothing is configured."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """One way to send."""

    title: str
    text: str
    note: str


def snippets(collector_url: str, *, has_token: bool = False) -> tuple[Snippet, ...]:
    """A command that needs no settings at all, then HTTP, gRPC and Node."""
    where = "" if collector_url == _USUAL else f"--endpoint {collector_url} "
    lines = {
        sender: "\n".join(f"export {name}={word}" for name, word in variables.items())
        for sender, variables in to_paste(collector_url, has_token=has_token).items()
    }
    return (
        Snippet(
            "Any command",
            f"halo exec {where}-- python my_agent.py",
            "Runs an agent that has an OpenTelemetry SDK with the settings below already made.",
        ),
        Snippet("HTTP", lines["HTTP"], "What most SDKs speak when they are told nothing."),
        Snippet("gRPC", lines["gRPC"], "On the same port."),
        Snippet("Node", lines["Node"], "Needs the package @opentelemetry/auto-instrumentations-node."),
    )
