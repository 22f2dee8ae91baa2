"""The text of a cell: how its last value is kept, and how its errors read."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pydantic_monty as monty

_MARK = "_: object = ("
"""An annotated assignment can only be a statement of its own: a last line that stands inside of something
else (a call over several lines, a text) never becomes another program, but a syntax error."""
_ERROR_CHARS = 4_000


_STARTS = 30
"""Lines that may be where the last statement begins: more are not tried."""


def programs(code: str) -> Iterator[tuple[str, bool]]:
    """Ways to feed a cell and whether its last value is kept in `_`; the first that is a program counts.

    Nothing is understood here: whether the text from some line on is an expression is for the interpreter to
    say. The last one is the cell as it was written.
    """
    code = code.replace("\r\n", "\n").rstrip()
    lines = code.split("\n")
    # A line that begins with a closing bracket ends an expression which began further up.
    starts = [at for at, line in enumerate(lines) if line and not line[0].isspace() and line[0] not in "#)]}"]
    for at in starts[: -_STARTS - 1 : -1]:
        yield "\n".join([*lines[:at], _MARK + lines[at], *lines[at + 1 :], ")"]), True
    yield f"{code}\nNone", False


def is_no_program(error: monty.MontySyntaxError) -> bool:
    """It was not even begun: a SyntaxError that running code raises stands in a function or module."""
    frames = error.traceback()
    return len(frames) == 1 and frames[0].function_name is None


def error_text(error: monty.MontyError) -> str:
    """The traceback as the author of the cell knows it."""
    if isinstance(error, (monty.MontyRuntimeError, monty.MontySyntaxError)):
        text = error.display()
    else:
        text = str(error)
    lines = re.sub(r'File "<python-input-\d+>"', 'File "cell"', text).split("\n")
    for at, line in enumerate(lines):
        if _MARK in line:
            lines[at] = line.replace(_MARK, "")
            if at + 1 < len(lines) and set(lines[at + 1].strip()) == {"~"}:
                lines[at + 1] = lines[at + 1].replace(" " * len(_MARK), "", 1)
    text = "\n".join(lines)
    if len(text) > _ERROR_CHARS:
        half = _ERROR_CHARS // 2
        text = f"{text[:half]}\n… ({len(text) - _ERROR_CHARS:,} characters left out) …\n{text[-half:]}"
    return text
