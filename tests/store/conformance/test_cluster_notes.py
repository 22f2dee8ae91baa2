"""What people say of clusters is kept as they said it, whatever is judged."""

from __future__ import annotations

import pytest
from planted import CLUSTERS, judge
from runs import NOW, random_trace

from halo_dash.errors import InvalidInputError
from halo_dash.model.cluster_note import LONGEST_TITLE, ClusterNote, ClusterNoteChange
from halo_dash.model.filter import NO_FILTER
from halo_dash.store import Store

NAME = CLUSTERS[0]


def say(store: Store, change: ClusterNoteChange, now_ns: int = NOW) -> ClusterNote:
    with store.writing() as tx:
        tx.note_cluster(NAME, change, now_ns)
    return store.cluster_notes.of(NAME)


def test_nothing_is_said_until_somebody_does(store: Store) -> None:
    assert store.cluster_notes.all() == {}
    assert store.cluster_notes.of(NAME) == ClusterNote(NAME)
    assert not store.cluster_notes.of(NAME)


def test_each_part_changes_alone_and_all_of_it_can_be_taken_back(store: Store) -> None:
    assert say(store, ClusterNoteChange(title=" Search\n is down ")).title == "Search is down"
    assert say(store, ClusterNoteChange(is_muted=True)).title == "Search is down"
    fixed = say(store, ClusterNoteChange(is_fixed=True, note="v1.4.2"), NOW + 5)
    assert fixed == ClusterNote(NAME, "Search is down", "v1.4.2", True, NOW + 5, NOW + 5)
    assert (fixed.is_back(NOW + 5), fixed.is_back(NOW + 6)) == (False, True)
    assert store.cluster_notes.all() == {NAME: fixed}
    again = say(store, ClusterNoteChange(is_fixed=True), NOW + 9)
    assert again.fixed_ns == NOW + 9
    say(store, ClusterNoteChange(title="", note="", is_muted=False))
    assert say(store, ClusterNoteChange(is_fixed=False)) == ClusterNote(NAME)
    assert store.cluster_notes.all() == {}


def test_it_stays_when_the_findings_are_made_again(store: Store) -> None:
    ids = [random_trace(seed)[0].trace_id for seed in range(6)]
    with store.writing() as tx:
        for seed in range(6):
            tx.write(random_trace(seed), source="live", received_ns=NOW)
    judge(store, ids)
    say(store, ClusterNoteChange(is_muted=True))
    for found in store.path.parent.glob("*.findings*"):
        found.unlink()
    judge(store, ids)
    assert store.cluster_notes.of(NAME).is_muted
    assert NAME in {each.identity.name for each in store.clusters.page(NO_FILTER, NOW).items}


def test_what_is_too_long_or_nameless_is_refused_and_changes_nothing(store: Store) -> None:
    with pytest.raises(InvalidInputError, match="at most 120 characters"):
        say(store, ClusterNoteChange(title="x" * (LONGEST_TITLE + 1)))
    with store.writing() as tx, pytest.raises(InvalidInputError, match="no name of a cluster"):
        tx.note_cluster("", ClusterNoteChange(is_muted=True), NOW)
    assert store.cluster_notes.all() == {}
