"""What clusters, rules and insights are called, and what people say of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from halo_dash.detect.insight import Candidate
from halo_dash.detect.templates import masked
from halo_dash.model.cluster_note import ClusterNote
from halo_dash.model.clusters import ClusterRow
from halo_dash.model.judged import ClusterIdentity
from halo_dash.patterns.titles import opened, title_of
from halo_dash.store import Store


@dataclass(frozen=True, slots=True)
class Names:
    """What clusters and rules are called."""

    rules: Mapping[str, str]
    """Name of a rule -> its title."""
    notes: Mapping[str, ClusterNote]

    def title(self, row: ClusterRow) -> str:
        """Of a row of a list."""
        known = [each.value for each in (*row.models, *row.tools, *row.agents)]
        return self._title(row.identity, [each for each, _runs in row.members], known)

    def title_of(self, identity: ClusterIdentity, known: Sequence[str] = ()) -> str:
        """Of a cluster alone; `known` as `title_of` wants it."""
        return self._title(identity, (), known)

    def note(self, name: str) -> ClusterNote:
        """What people say of a cluster; an empty note where they say nothing."""
        return self.notes.get(name) or ClusterNote(name)

    def is_muted(self, row: ClusterRow) -> bool:
        """Muted itself, with its group, or because all that is in it is."""
        own = self.note(row.identity.name).is_muted or self.note(row.identity.group).is_muted
        return own or all(self.note(each.name).is_muted for each, _runs in row.members)

    def _title(
        self, identity: ClusterIdentity, members: Sequence[ClusterIdentity], known: Sequence[str]
    ) -> str:
        note = self.notes.get(identity.name)
        return title_of(identity, members, note=note, rules=self.rules, known=known)


def read_names(store: Store) -> Names:
    """What clusters and rules are called now."""
    rules, _problems = store.findings.rules()
    return Names({each.name: each.title for each in rules}, store.cluster_notes.all())


def naming(names: Names, row: ClusterRow) -> tuple[str, str]:
    """(title, subject) in plain words. An error is called by its wording, the rest by what the rule finds."""
    subject, identity = subject_of(row), row.identity
    rule = names.rules.get(identity.rule)
    if identity.template or not subject or rule is None or names.note(identity.name).title:
        return names.title(row), subject
    return f"{subject}: {rule[:1].lower()}{rule[1:]}", subject


def subject_of(row: ClusterRow) -> str:
    """What a cluster is about; names with digits, such as those of models, stand masked in its identity."""
    subject = row.identity.subject
    if "<" not in subject:
        return subject
    known = {each.value for each in (*row.models, *row.tools, *row.agents) if masked(each.value) == subject}
    return next(iter(known)) if len(known) == 1 else opened(subject)


def fixed_ns(names: Names, candidate: Candidate) -> int | None:
    """When somebody said that all of its clusters are fixed; None where not all are said to be."""
    said = [_said(names, row) for row in candidate.rows]
    return None if None in said else max(each for each in said if each is not None)


def _said(names: Names, row: ClusterRow) -> int | None:
    notes = (names.note(row.identity.name), names.note(row.identity.group))
    return max((each.fixed_ns for each in notes if each.fixed_ns is not None), default=None)
