"""Verdicts on the live stream: they change no trace, and open pages hear of them all the same."""

from __future__ import annotations

import pytest

from halo_dash.store import Store
from halo_dash.web import live

from .conftest import Dashboard
from .test_live import listening, revision_of
from .wrong_runs import CLEAN, LOOP, SILENT, judge, put_runs


def judged_so_far(dashboard: Dashboard) -> int:
    with Store.open(dashboard.db, mode="ro") as store:
        return store.findings.sequence()


def test_a_verdict_is_told_as_a_change_of_its_trace(dashboard: Dashboard) -> None:
    put_runs(dashboard.db, SILENT)
    with listening(dashboard, f"/live?since={revision_of(dashboard)}&judged=0") as listener:
        judge(dashboard.db)
        listener.until(lambda: listener.traces() == {SILENT})
        put_runs(dashboard.db, CLEAN)
        judge(dashboard.db)
        listener.until(lambda: listener.traces() == {SILENT, CLEAN})


def test_a_verdict_between_the_page_and_the_stream_is_not_lost(dashboard: Dashboard) -> None:
    put_runs(dashboard.db, CLEAN)
    judge(dashboard.db)
    judged = judged_so_far(dashboard)
    assert judged == 1
    put_runs(dashboard.db, SILENT)
    revision = revision_of(dashboard)
    judge(dashboard.db)
    with listening(dashboard, f"/live?since={revision}&judged={judged}") as listener:
        listener.until(lambda: listener.traces() == {SILENT})


def test_a_page_without_a_count_hears_only_of_what_comes(dashboard: Dashboard) -> None:
    put_runs(dashboard.db, CLEAN)
    judge(dashboard.db)
    revision = revision_of(dashboard)
    with (
        listening(dashboard, f"/live?since={revision}") as late,
        listening(dashboard, f"/live?since={revision}&judged=0") as early,
    ):
        early.until(lambda: early.traces() == {CLEAN})
        put_runs(dashboard.db, LOOP)
        judge(dashboard.db)
        late.until(lambda: LOOP in late.traces())
        assert CLEAN not in late.traces()


@pytest.mark.parametrize("judged", [10**18, 2**62, 10**30])
def test_findings_that_were_made_anew_are_told_all(dashboard: Dashboard, judged: int) -> None:
    put_runs(dashboard.db, CLEAN)
    judge(dashboard.db)
    with listening(dashboard, f"/live?since={revision_of(dashboard)}&judged={judged}") as listener:
        listener.until(lambda: listener.traces() == {CLEAN})


def test_many_verdicts_are_named_up_to_a_limit_the_latest_of_them(
    dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MAX_IDS", 2)
    put_runs(dashboard.db, SILENT, LOOP, CLEAN)
    judge(dashboard.db)
    with Store.open(dashboard.db, mode="ro") as store:
        latest = set(store.findings.judged_since(0, 2))
        assert len(latest) == 2
        assert store.findings.judged_since(store.findings.sequence(), 10) == ()
    with listening(dashboard, f"/live?since={revision_of(dashboard)}&judged=0") as listener:
        listener.until(lambda: listener.traces() == latest)
