"""How an error reads in one line."""

import pytest

from halo_dash.model.observation import Failure


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("timed out after 10s", "TimeoutError: timed out after 10s"),
        ("TimeoutError: timed out after 10s", "TimeoutError: timed out after 10s"),
        ("TimeoutErrors are rare", "TimeoutError: TimeoutErrors are rare"),
        ("TimeoutError:", "TimeoutError"),
        ("", "TimeoutError"),
    ],
)
def test_an_error_says_its_type_once(message: str, line: str) -> None:
    assert Failure("TimeoutError", message).line == line


def test_a_type_that_nobody_named_is_not_invented() -> None:
    assert Failure("Exception", "boom").line == "boom"
    assert Failure("Exception", "boom", "Exception").line == "Exception: boom"
    assert Failure("Exception").line == "Exception"
