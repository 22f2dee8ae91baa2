"""Dashboards whose traces were judged, as the judge process would."""

from __future__ import annotations

from pathlib import Path

from halo_dash.detect.rules import RULES
from halo_dash.jobs.judge import Judge
from halo_dash.store import Store


def judge(path: Path) -> None:
    """Judge everything in the store at `path` by the rules of the product."""
    with Store.open(path, mode="ro") as store:
        Judge(store, RULES).catch_up()
