"""Which cluster a finding belongs to.

Clusters are only ever added, so one stays itself when its wording shifts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b

from halo_dash.detect.signature import Signature, signature
from halo_dash.detect.templates import HOLE, Templates
from halo_dash.model.finding import Finding
from halo_dash.store.driver import Connection
from halo_dash.store.statements import sql

MOST_WORDINGS = 100
"""Of one failure of one thing; what comes beyond is gathered in one cluster, whatever its words."""

_Family = tuple[str, str, str]


@dataclass(slots=True)
class _Kept:
    """The clusters of one family, in the order of their wordings."""

    templates: Templates
    clusters: list[int] = field(default_factory=list)


class Clustering:
    """Gives findings their clusters, within the transactions of the judge."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._families: dict[_Family, _Kept] = {}
        self.forget()

    def forget(self) -> None:
        """Begin with what is stored: a transaction was undone, or the file was opened."""
        rows: dict[_Family, list[tuple[int, str]]] = {}
        for number, _name, rule, subject, cause, template, _title in self._connection.execute(
            sql("findings", "clusters")
        ):
            rows.setdefault((rule, subject, cause), []).append((number, template))
        self._families = {
            family: _Kept(Templates.of(template for _, template in kept), [number for number, _ in kept])
            for family, kept in rows.items()
        }

    def place(self, finding: Finding) -> int:
        """The cluster of a finding; a new one where no wording is near."""
        made = signature(finding)
        kept = self._families.setdefault(made.family, _Kept(Templates()))
        before = len(kept.templates)
        if before >= MOST_WORDINGS and not kept.templates.knows(made.template):
            return kept.clusters[-1]
        at = kept.templates.place(made.template)
        wording = kept.templates.wording(at)
        if len(kept.templates) > before:
            kept.clusters.append(self._add(made, wording, finding.title))
        elif HOLE in wording and HOLE not in made.template:
            self._connection.execute(sql("findings", "reword_cluster"), (wording, kept.clusters[at]))
        return kept.clusters[at]

    def _add(self, made: Signature, wording: str, title: str) -> int:
        parameters = (name_of(made), made.rule, made.subject, made.cause, wording, title)
        (number,) = self._connection.execute(sql("findings", "add_cluster"), parameters).fetchone()
        return int(number)


def name_of(made: Signature) -> str:
    """The same for the same failure in every store, so that an address can be sent to somebody else."""
    content = f"{made.rule}\0{made.subject}\0{made.cause}\0{made.template}"
    return blake2b(content.encode("utf-8", "surrogatepass"), digest_size=5).hexdigest()
