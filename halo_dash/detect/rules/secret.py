"""A secret stands in what was said.

Claims: a message, a tool's arguments or a result holds a text in the form that an issuer documents for
its keys (see `detect/secrets.py`), a private key, a password in an address, or a value called a password.
The finding shows no more than its first characters.

Abstains: examples and placeholders, and values without such a form (UUIDs, hashes).

Known false alarms: test keys in documentation that a tool read.
"""

from __future__ import annotations

from collections.abc import Iterator

from halo_dash.detect.rule import rule
from halo_dash.detect.sighted import in_the_open
from halo_dash.model.finding import Finding
from halo_dash.model.subject import Subject


@rule("secret", title="A secret stands in what was said")
def secret(subject: Subject) -> Iterator[Finding]:
    """One finding for each kind of secret."""
    yield from in_the_open(
        subject,
        "secret",
        rule="secret",
        severity="medium",
        explanation="Whoever sees this trace can use it; so can the provider of the model.",
    )
