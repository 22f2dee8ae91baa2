"""The records of `packing.py` as numpy reads them, and the columns they become in memory."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
TOKENS = ("input", "output", "total", "cache_read", "cache_write", "reasoning")
_TOKENS = [(name, "<i8") for name in TOKENS]

PART = np.dtype(
    [
        ("agent", "<u4"),
        ("name", "<u4"),
        ("role", "<u4"),
        ("version", "<u4"),
        ("framework", "<u4"),
        ("session", "<u4"),
        ("user", "<u4"),
        ("environment", "<u4"),
        ("unpriced", "<u4"),
        ("flags", "u1"),
        *_TOKENS,
        ("duration", "<i8"),
        ("llm", "<u4"),
        ("tools", "<u4"),
        ("cost", "<f8"),
    ]
)
CALL = np.dtype(
    [("part", "<u4"), ("label", "<u4"), ("sequence", "<u4"), ("what", "u1"), *_TOKENS, ("cost", "<f8")]
)
STEP = np.dtype(
    [("part", "<u4"), ("label", "<u4"), ("sequence", "<u4"), ("what", "<u2"), ("duration", "<i8")]
)
TRACE = np.dtype(
    [
        ("row", "i8"),
        ("start", "i8"),
        ("duration", "i8"),
        ("is_failed", "?"),
        ("has_errors", "?"),
        ("can_run", "?"),
        ("arrival", "i8"),
        ("is_open", "?"),
    ]
)
