"""Which trace is in which cluster, how it ended there, and what that cost: a record for each pair."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, get_args

from halo_dash.model.finding import SEVERITIES, Ending, Finding

RECORD: Final = struct.Struct("<IBBQdQ")
"""Cluster, worst ending, worst severity, tokens, US dollars, nanoseconds."""

ENDINGS: Final[tuple[Ending, ...]] = get_args(Ending)
"""The worst first."""

_LARGEST: Final = 2**62


def pack_hits(findings: Sequence[Finding], clusters: Sequence[int]) -> bytes:
    """The records of one trace, by cluster; `clusters` has that of each finding."""
    together: dict[int, list[Finding]] = {}
    for found, cluster in zip(findings, clusters, strict=True):
        together.setdefault(cluster, []).append(found)
    return b"".join(_record(cluster, together[cluster]) for cluster in sorted(together))


def _record(cluster: int, findings: Iterable[Finding]) -> bytes:
    kept = list(findings)
    return RECORD.pack(
        cluster,
        min(ENDINGS.index(found.ending) for found in kept),
        min(SEVERITIES.index(found.severity) for found in kept),
        min(_LARGEST, sum(found.waste.tokens for found in kept)),
        sum(found.waste.cost_usd for found in kept),
        min(_LARGEST, sum(found.waste.duration_ns for found in kept)),
    )


def clusters_of(packed: bytes) -> Iterator[int]:
    """The clusters of one trace."""
    return (record[0] for record in RECORD.iter_unpack(packed))
