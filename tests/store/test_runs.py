"""Runs and conversations as the store keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from halo_dash.errors import InvalidInputError, NotFoundError, OvertakenError
from halo_dash.model.filter import Filter
from halo_dash.model.report import Check, Citation, CodePlace, Report, ReportFinding
from halo_dash.model.run import (
    RunEvent,
    RunLimits,
    RunModels,
    RunOptions,
    RunRequest,
    RunUsage,
    Seen,
    SelectionSize,
)
from halo_dash.store import Store
from halo_dash.store.copies import restore
from halo_dash.store.runs.values import Checkpoint, Memo, StoredItem

NOW = 1_800_000_000_000_000_000
LEASE = NOW + 10
REQUEST = RunRequest(
    prompt="Why do refunds fail?\nLook at all of them.",
    filter=Filter.parse(
        [("status", "error"), ("cost", "0.1.."), ("attr.user.tier", "gold"), ("not.tool", "x")]
    ),
    trace_ids=("a", "b"),
    models=RunModels(model="big", sub_model="small"),
    limits=RunLimits(max_depth=2, budget_usd=1.5),
    options=RunOptions(temperature=0.5),
    context="A shop. \ud800",
)
CITATION = Citation(trace_id="a", span_id="b", field="input", quote="x", is_verified=True)
FINDING = ReportFinding(
    finding_id="1", title="T", category="c", severity="high", explanation="e", hypothesis="h", fix="f",
    runs=3, base=4, counted_runs=2, evidence=(CITATION,), brief="b",
    check=Check(query="status=error", hits=2, base=4), code=(CodePlace(path="a.py", line=3),),
)  # fmt: skip
REPORT = Report(title="What was found", summary="**s**", findings=(FINDING,), not_judged=("x",))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "halo.db") as opened:
        yield opened


def event(kind: str, **data: object) -> RunEvent:
    return RunEvent(sequence=0, at_ns=NOW, kind=kind, turn=1, data=data)  # type: ignore[arg-type]


def started(store: Store, owner: str = "me") -> str:
    with store.writing() as tx:
        tx.runs.create_conversation(REQUEST, NOW)
        run = tx.runs.progress.claim(owner, NOW, LEASE)
    assert run is not None
    return run.run_id


def ended(store: Store, run_id: str, owner: str = "me", state: str = "completed") -> None:
    with store.writing() as tx:
        tx.runs.progress.end(
            run_id, owner, state=state, reason="", usage=RunUsage(turns=2), active_ms=5, now_ns=NOW + 5,
            step=Checkpoint(events=(event("state"),)), report=REPORT, content="# What",
        )  # type: ignore[arg-type] # fmt: skip


def test_what_was_asked_comes_back_as_it_was(store: Store) -> None:
    with store.writing() as tx:
        run = tx.runs.create_conversation(REQUEST, NOW)
    found = store.runs.get(run.run_id)
    assert found == run
    assert found.request == REQUEST
    assert (found.state, found.kind, found.usage, found.size) == ("queued", "report", RunUsage(), None)
    conversation = store.runs.conversation(run.conversation_id)
    assert conversation.title == "Why do refunds fail?"
    assert [(each.role, each.content) for each in conversation.messages] == [("user", REQUEST.prompt)]


def test_a_report_comes_back_as_it_was_and_titles_its_conversation(store: Store) -> None:
    run_id = started(store)
    ended(store, run_id)
    run = store.runs.get(run_id)
    conversation = store.runs.conversation(run.conversation_id)
    assert (run.state, run.phase, run.ended_ns, run.usage.turns) == ("completed", "ended", NOW + 5, 2)
    assert conversation.messages[1].report == REPORT
    assert conversation.messages[1].content == "# What"
    assert conversation.title == "What was found"


def test_a_step_is_stored_whole_and_read_again(store: Store) -> None:
    run_id = started(store)
    seen = Seen(trace_id="t", agent="0", how="read", spans=frozenset({"1"}))
    step = Checkpoint(
        items=(StoredItem(agent="0", position=0, value={"text": "é\udc80"}, turn=1),),
        events=(event("turn", turn=1), event("text", text="so"), event("text", text="so far")),
        usage=RunUsage(model_calls=1, cost_usd=None),
        phase="reading",
        memos=(Memo("k", "", "42"),),
        variables={"0": b"\x00state"},
        seen=(seen, replace(seen, spans=frozenset({"2"}))),
    )
    with store.writing() as tx:
        last = tx.runs.progress.checkpoint(run_id, "me", step)
    assert store.runs.items(run_id, "0") == step.items
    assert store.runs.items(run_id, "0.1") == ()
    assert [(each.kind, dict(each.data)) for each in store.runs.events(run_id)] == [
        ("turn", {"turn": 1}),
        ("text", {"text": "so far"}),
    ]
    assert store.runs.events(run_id, after=last) == ()
    assert store.runs.memo(run_id, "k") == Memo("k", "", "42")
    assert store.runs.memo(run_id, "other") is None
    assert store.runs.variables(run_id, "0") == b"\x00state"
    assert store.runs.seen(run_id) == (replace(seen, spans=frozenset({"1", "2"})),)
    run = store.runs.get(run_id)
    assert (run.usage, run.phase) == (step.usage, "reading")
    with store.writing() as tx:
        again = tx.runs.progress.checkpoint(run_id, "me", Checkpoint(events=(event("text", text="so far,"),)))
    assert [each.sequence for each in store.runs.events(run_id, after=last)] == [again]


def test_a_run_belongs_to_one_process_until_it_falls_silent_or_is_gone(store: Store) -> None:
    run_id = started(store)
    with store.writing() as tx:
        assert tx.runs.progress.claim("other", NOW, LEASE) is None
        assert tx.runs.progress.renew(run_id, "me", LEASE + 10, 3)
        assert not tx.runs.progress.renew(run_id, "other", LEASE + 10, 3)
        assert tx.runs.progress.claim("other", LEASE + 9, LEASE + 90) is None
        taken = tx.runs.progress.claim("other", NOW, LEASE + 90, is_gone=lambda owner: owner == "me")
    assert taken is not None
    assert (taken.resumed, taken.started_ns) == (1, NOW)
    with pytest.raises(OvertakenError), store.writing() as tx:
        tx.runs.progress.checkpoint(run_id, "me", Checkpoint(events=(event("turn"),)))
    assert store.runs.events(run_id) == ()
    with store.writing() as tx:
        assert tx.runs.progress.claim("third", LEASE + 90, LEASE + 190) is not None
        tx.runs.progress.release(run_id, "third", 700)
        assert tx.runs.progress.claim("fourth", LEASE + 91, LEASE + 191) is not None
    assert store.runs.control(run_id).active_ms == 700


def test_the_oldest_waiting_run_is_taken_first_or_the_one_that_is_named(store: Store) -> None:
    with store.writing() as tx:
        first, second = (tx.runs.create_conversation(REQUEST, NOW + each) for each in range(2))
        named = tx.runs.progress.claim("me", NOW, LEASE, run_id=second.run_id)
        taken = tx.runs.progress.claim("me", NOW, LEASE)
        assert tx.runs.progress.claim("me", NOW, LEASE) is None
    assert named is not None
    assert taken is not None
    assert (named.run_id, taken.run_id) == (second.run_id, first.run_id)


def test_subagents_are_numbered_below_their_parent(store: Store) -> None:
    run_id = started(store)
    with store.writing() as tx:
        progress = tx.runs.progress
        order = (("a", "0"), ("b", "0"), ("c", "0.1"), ("d", "0.1.1"), ("e", "0.1"), ("f", "0"))
        paths = [progress.child(run_id, "me", key, parent) for key, parent in order]
    assert paths == ["0.1", "0.2", "0.1.1", "0.1.1.1", "0.1.2", "0.3"]
    assert store.runs.memo(run_id, "c") == Memo("c", "0.1.1", None)


def test_cancelling_asks_a_running_run_and_ends_a_waiting_one(store: Store) -> None:
    with store.writing() as tx:
        run = tx.runs.create_conversation(REQUEST, NOW)
        waiting = tx.runs.cancel(run.run_id, "not needed", NOW + 1)
    assert (waiting.state, waiting.reason, waiting.ended_ns) == ("cancelled", "not needed", NOW + 1)
    run_id = started(store)
    with store.writing() as tx:
        assert tx.runs.cancel(run_id, "enough", NOW).state == "running"
    control = store.runs.control(run_id)
    assert (control.is_cancel_asked, control.reason) == (True, "enough")
    ended(store, run_id)
    with store.writing() as tx:
        assert tx.runs.cancel(run_id, "late", NOW).state == "completed"
        with pytest.raises(NotFoundError):
            tx.runs.cancel("nobody", "", NOW)
        tx.runs.create_conversation(REQUEST, NOW)  # the transaction is whole still


def test_cancelling_a_run_that_nobody_executes_any_more_ends_it(store: Store) -> None:
    run_id = started(store)
    with store.writing() as tx:
        assert tx.runs.cancel(run_id, "Enough.", LEASE - 1).state == "running"
        left = tx.runs.cancel(run_id, "Enough.", LEASE)
    assert (left.state, left.phase, left.ended_ns) == ("cancelled", "ended", LEASE)
    assert left.reason.startswith("Enough. The process that worked on it was gone")
    assert "nothing could be salvaged" in left.reason
    with pytest.raises(OvertakenError):
        ended(store, run_id)
    with store.writing() as tx:
        assert tx.runs.retry(run_id).state == "queued"


def test_a_run_that_something_was_asked_after_is_not_gone_on_with(store: Store) -> None:
    run_id = started(store)
    ended(store, run_id, state="failed")
    with store.writing() as tx:
        follow = tx.runs.follow_up(store.runs.get(run_id).conversation_id, "And?", NOW)
        with pytest.raises(InvalidInputError, match="asked after run"):
            tx.runs.retry(run_id)
        tx.runs.cancel(follow.run_id, "", NOW)
        assert tx.runs.retry(follow.run_id).state == "queued"
    assert store.runs.get(run_id).state == "failed"


def test_a_run_that_failed_goes_on_when_it_is_tried_again(store: Store) -> None:
    run_id = started(store)
    with store.writing() as tx:
        item = StoredItem(agent="0", position=0, value={})
        tx.runs.progress.checkpoint(run_id, "me", Checkpoint(items=(item,)))
    ended(store, run_id, state="failed")
    with store.writing() as tx:
        assert tx.runs.retry(run_id).state == "queued"
        assert tx.runs.progress.claim("you", NOW, LEASE) is not None
    assert len(store.runs.items(run_id, "0")) == 1
    ended(store, run_id, owner="you")
    assert len(store.runs.conversation(store.runs.get(run_id).conversation_id).messages) == 2
    with pytest.raises(InvalidInputError, match="nothing to go on with"), store.writing() as tx:
        tx.runs.retry(run_id)


def test_a_follow_up_asks_of_the_same_traces_once_the_run_before_is_done(store: Store) -> None:
    run_id = started(store)
    conversation_id = store.runs.get(run_id).conversation_id
    with pytest.raises(InvalidInputError, match="not done"), store.writing() as tx:
        tx.runs.follow_up(conversation_id, "And?", NOW)
    with store.writing() as tx:
        item = StoredItem(agent="0", position=0, value={"text": "long"})
        step = Checkpoint(items=(item,), variables={"0": b"state"})
        tx.runs.progress.checkpoint(run_id, "me", step)
    ended(store, run_id)
    with store.writing() as tx:
        follow = tx.runs.follow_up(conversation_id, "And why?", NOW + 9)
        assert tx.runs.progress.claim("me", NOW, LEASE) is not None
        tx.runs.progress.inherit(follow.run_id, "me", run_id, "0")
    assert follow.kind == "follow_up"
    assert follow.request == replace(REQUEST, prompt="And why?")
    assert store.runs.items(follow.run_id, "0")[0].value == {"text": "long"}
    assert store.runs.variables(follow.run_id, "0") == b"state"
    conversation = store.runs.conversation(conversation_id)
    assert [each.run_id for each in conversation.runs] == [run_id, follow.run_id]
    assert [each.role for each in conversation.messages] == ["user", "assistant", "user"]


def test_a_deleted_conversation_leaves_nothing_and_ends_its_run(store: Store) -> None:
    run_id = started(store)
    other = started(store)
    step = Checkpoint(
        items=(StoredItem(agent="0", position=0, value={}),),
        events=(event("turn"),),
        memos=(Memo("k"),),
        variables={"0": b""},
        seen=(Seen(trace_id="t", agent="0", how="listed"),),
    )
    for each in (run_id, other):
        with store.writing() as tx:
            tx.runs.progress.checkpoint(each, "me", step)
    before = store.runs.changes(0).changed
    with store.writing() as tx:
        tx.runs.delete(store.runs.get(run_id).conversation_id)
    assert store.runs.changes(before).changed > before
    with pytest.raises(NotFoundError):
        store.runs.get(run_id)
    with pytest.raises(OvertakenError), store.writing() as tx:
        tx.runs.progress.checkpoint(run_id, "me", step)
    assert (store.runs.size().conversations, store.runs.size().runs) == (1, 1)
    assert store.runs.events(run_id) == store.runs.seen(run_id) == ()
    assert len(store.runs.events(other)) == 1
    assert store.check(is_full=True) == ()


def test_changes_name_each_run_that_changed_since(store: Store) -> None:
    first, second = started(store), started(store)
    since = store.runs.changes(0)
    assert set(since.run_ids) == {first, second}
    assert store.runs.changes(since.changed).run_ids == ()
    with store.writing() as tx:
        tx.runs.progress.checkpoint(first, "me", Checkpoint(events=(event("turn"),)))
    assert store.runs.changes(since.changed).run_ids == (first,)


def test_conversations_come_page_by_page_the_last_changed_first(store: Store) -> None:
    made = []
    for each in range(5):
        with store.writing() as tx:
            made.append(tx.runs.create_conversation(REQUEST, NOW + each).conversation_id)
    found, cursor = [], None
    while True:
        page, cursor = store.runs.conversations(limit=2, cursor=cursor)
        found += [each.conversation_id for each in page]
        if cursor is None:
            break
    assert found == made[::-1]
    assert [each.created_ns - NOW for each in store.runs.list(limit=2)] == [4, 3]
    assert store.runs.list(states=("running",)) == ()


def test_hosts_that_were_contacted_are_counted(store: Store) -> None:
    assert store.runs.connections() == ()
    for at_ns in (5, 3, 9):
        with store.writing() as tx:
            tx.runs.note_connection("a.example", 443, "model", at_ns)
    (only,) = store.runs.connections()
    assert (only.host, only.first_ns, only.last_ns, only.count) == ("a.example", 3, 9, 3)


def test_conversations_go_where_the_store_goes_and_retention_leaves_them(tmp_path: Path) -> None:
    with Store.open(tmp_path / "halo.db") as store:
        run_id = started(store)
        with store.writing() as tx:
            size = SelectionSize(traces=9, spans=90, read_traces=5, read_spans=50)
            tx.runs.progress.freeze(run_id, "me", {"ids": ["a"]}, size, "f" * 32)
        ended(store, run_id)
        store.backup_to(tmp_path / "copy.db")
        space = store.report()
        assert {"runs", "run_items", "conversations"} <= {part.name for part in space.parts}
        assert (space.conversations, space.conversation_bytes) == (1, store.runs.size().bytes)
    restore(tmp_path / "copy.db", tmp_path / "halo.db")
    with Store.open(tmp_path / "halo.db") as store:
        run = store.runs.get(run_id)
        assert run.size == SelectionSize(traces=9, spans=90, read_traces=5, read_spans=50)
        assert run.size.is_sampled
        assert run.trace_id == "f" * 32
        assert store.runs.control(run_id).selection == {"ids": ["a"]}


@pytest.mark.parametrize(
    "request_", [replace(REQUEST, prompt=" \n"), replace(REQUEST, context="x" * 100_001)]
)
def test_a_run_without_a_question_or_with_a_book_for_one_is_refused(
    store: Store, request_: RunRequest
) -> None:
    with pytest.raises(InvalidInputError), store.writing() as tx:
        tx.runs.create_conversation(request_, NOW)
    assert store.runs.list() == ()


@pytest.mark.parametrize(
    "limits",
    [
        {"budget_usd": float("nan")},
        {"budget_usd": float("inf")},
        {"budget_usd": 0.0},
        {"budget_usd": -1.0},
        {"budget_tokens": 0},
        {"budget_minutes": -0.5},
        {"budget_minutes": float("nan")},
        {"span_limit": 0},
        {"max_depth": -1},
        {"max_depth": 6},
        {"max_turns": 0},
        {"max_turns": 101},
        {"max_parallel": 0},
    ],
)
def test_a_limit_that_would_never_bind_or_let_nothing_happen_is_refused(
    store: Store, limits: dict[str, Any]
) -> None:
    request = replace(REQUEST, limits=RunLimits(**limits))
    (name,) = limits
    with pytest.raises(InvalidInputError, match=name), store.writing() as tx:
        tx.runs.create_conversation(request, NOW)
    assert store.runs.list() == ()
