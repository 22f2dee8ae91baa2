"""How long the collector waits for a client, and how many it serves."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Against clients that hold a connection and send nothing, or a byte a minute."""

    preface_s: float = 10.0
    """From the connection to the bytes that tell HTTP/1.1 from HTTP/2."""
    head_s: float = 10.0
    """From the first byte of a request to the end of its headers."""
    body_s: float = 20.0
    """Between two pieces of a body."""
    idle_s: float = 75.0
    """Between two requests. Exporters send every 5 s by default and must not meet a closing connection."""
    head_bytes: int = 64 << 10
    connections: int = 400
    """Each gRPC connection takes two descriptors, and 1,024 is a common limit for a process."""
    calls: int = 16
    """gRPC calls worked on at a time; further ones wait, unread, in HTTP/2's flow control."""
    calls_of_one: int = 100
    """Calls one connection may have open. Clients open several before they hear of a limit, and a call
    over it fails, so this is well above `calls`."""
    grace_s: float = 3.0
    """For requests in work when the collector is told to stop."""
