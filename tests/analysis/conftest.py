"""What the tests of analysis share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.analysis.scripted import ScriptedServer


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    """A server whose `script` the test sets; a script that raised fails the test."""
    server = ScriptedServer().start()
    try:
        yield server
    finally:
        server.close()
    assert not server.failures, "\n".join(server.failures)
