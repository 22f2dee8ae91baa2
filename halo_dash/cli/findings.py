"""What rules found in a trace, as lines."""

from __future__ import annotations

from collections.abc import Iterator

from halo_dash.cli.reader import Document
from halo_dash.cli.table import plain

_ENDINGS = {"failed": "failed here", "unclear": "unclear", "recovered": "recovered"}


def finding_lines(trace: Document) -> Iterator[str]:
    """Yield each finding with its evidence, the worst first; what was not judged says so."""
    if not trace["judged"]:
        yield "Not judged yet: rules read a trace when nothing has arrived for it for a second."
        return
    if not trace["findings"]:
        yield "No rule found anything."
    for found in trace["findings"]:
        ending = _ENDINGS.get(found["ending"])
        yield f"{found['severity']:<8}{plain(found['title'])}" + (f" ({ending})" if ending else "")
        yield f"        {plain(found['explanation'])}"
        for place in found["evidence"]:
            yield f"        {place['span_id']} {place['field']}: {plain(place['quote'])}"
