"""The variables of a code session as bytes that outlive it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import pydantic_monty
import zstandard

from halo_dash.errors import InvalidInputError

_MAGIC = b"halo-code-1\n"


@dataclass(frozen=True, slots=True)
class Kept:
    """A state of the interpreter, and what is to be said of it."""

    state: bytes
    lost: str = ""
    """What is not in it; for the model."""

    def packed(self) -> bytes:
        """For `unpacked`."""
        head = {
            "interpreter": pydantic_monty.__version__,
            "sha256": hashlib.sha256(self.state).hexdigest(),
            "size": len(self.state),
            "lost": self.lost,
        }
        body = zstandard.ZstdCompressor(level=1).compress(self.state)
        return _MAGIC + json.dumps(head).encode() + b"\n" + body


def unpacked(packed: bytes, most: int) -> Kept:
    """Read it back; `most` bounds its bytes. Raises InvalidInputError: damaged, or of another version.

    Only what `packed` made of a worker's own state may be given here: an interpreter trusts its states. It is
    loaded in a worker again and nowhere else.
    """
    if not packed.startswith(_MAGIC):
        raise InvalidInputError("these are no variables of a code session")
    line, _, body = packed[len(_MAGIC) :].partition(b"\n")
    try:
        head = json.loads(line)
        size = int(head["size"])
        if size > most:
            raise InvalidInputError(f"the variables of a code session take {size:,} bytes; {most:,} may be")
        state = zstandard.ZstdDecompressor().decompress(body, max_output_size=size)
        is_whole = hashlib.sha256(state).hexdigest() == head["sha256"]
        kept = Kept(state, str(head["lost"]))
    except (ValueError, KeyError, TypeError, zstandard.ZstdError) as error:
        raise InvalidInputError(
            f"the variables of the code session are damaged ({type(error).__name__})"
        ) from None
    if not is_whole:
        raise InvalidInputError("the variables of the code session are damaged (checksum)")
    if head["interpreter"] != pydantic_monty.__version__:
        raise InvalidInputError(
            f"the variables of the code session were written by pydantic-monty {head['interpreter']},"
            f" and this is {pydantic_monty.__version__}",
            hint="The run goes on without them; cells that are run again make them anew.",
        )
    return kept
