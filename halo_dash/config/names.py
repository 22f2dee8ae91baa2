"""Which names mean this machine, whatever DNS says."""

from __future__ import annotations

import ipaddress


def is_this_machine(name: str) -> bool:
    """Whether a host name or address (no port, no brackets) can only be this machine's own.

    True for 127.0.0.0/8, `::1`, `localhost` and what ends in `.localhost` (RFC 6761 reserves both).
    """
    lowered = name.lower()
    if lowered == "localhost" or lowered.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(lowered).is_loopback
    except ValueError:
        return False
