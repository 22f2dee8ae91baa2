"""The page of rules: what each claims, where it found something, and what is wrong with it."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from html import unescape

import pytest

from halo_dash.detect import RULES, Rule
from halo_dash.jobs.judge import Judge
from halo_dash.model.judged import RuleProblem
from halo_dash.store import Store
from halo_dash.store.findings.judging import Health

from .browsing import Open, violations
from .conftest import Dashboard
from .insight_runs import history, put_judged

HOSTILE = "<script>alert(1)</script> `code` \u202e"


def raising(_subject: object) -> list[object]:
    raise RuntimeError(HOSTILE)


BROKEN = Rule(
    "broken", "It breaks", 3, raising, f"{HOSTILE}\n\nClaims: nothing.", is_builtin=False, source="b.py"
)  # type: ignore[arg-type] # it finds nothing, ever


@pytest.fixture
def judged(dashboard: Dashboard) -> Dashboard:
    """Eight of twelve runs in a retry loop, a rule that raises, and a file that cannot be read."""
    put_judged(dashboard.db, *history("x.xx.x.xxx.x"))
    with Store.open(dashboard.db) as store:
        problems = [RuleProblem("halo_rules/bad.py", f"SyntaxError: {HOSTILE}")]
        Judge(store, (*RULES, BROKEN), problems, clock=time.time_ns).catch_up()
    return dashboard


def texts(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def test_every_rule_stands_with_its_claim_and_leads_to_its_traces(judged):
    page = judged.ask("/rules").text
    found = judged.ask("/rules.json").json
    assert {each["name"] for each in found["items"]} == {rule.name for rule in (*RULES, BROKEN)}
    for rule in RULES:
        assert rule.title in texts(page)
    assert page.count("<b>Abstains</b>") == len(RULES)
    loop = next(each for each in found["items"] if each["name"] == "retry-loop")
    assert loop["traces"] == 8
    href = unescape(re.search(r'href="(/traces\?rule=retry-loop[^"]*)"', page)[1])
    path, _, query = href.partition("?")
    assert judged.ask(f"{path}.json?{query}").json["total"] == 8


def test_hits_are_counted_over_the_selection(judged):
    found = judged.ask("/rules.json?agent=nobody").json
    assert (found["traces"], sum(each["traces"] for each in found["items"])) == (0, 0)
    assert "agent=nobody" in judged.ask("/rules?agent=nobody").text
    assert judged.ask("/rules?cats=3").status == 422


def test_a_rule_that_was_switched_off_says_why_and_where(judged):
    page = judged.ask("/rules").text
    broken = judged.ask("/rules.json").json["items"][0]
    assert broken["name"] == "broken"
    assert broken["health"]["is_off"] is True
    assert broken["health"]["message"] == f"RuntimeError: {HOSTILE}"
    assert f'/traces/{broken["health"]["trace_id"]}"' in page
    assert "Switched off" in texts(page)
    assert "halo_rules/bad.py" in texts(page)
    assert "<script>alert" not in page


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_a_rule_that_failed_is_tried_again_by_a_form_and_judges_all(judged):
    page = judged.ask("/rules").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    assert '<input type="hidden" name="rule" value="broken">' in page
    refused = judged.ask("/rules/again", method="POST", body=b"rule=broken", headers=FORM)
    assert refused.status == 403
    body = f"rule=broken&csrf_token={token}".encode()
    answer = judged.ask("/rules/again", method="POST", body=body, headers=FORM)
    assert (answer.status, answer.headers["location"]) == (303, "/rules#rule-broken")
    assert all(each["health"] is None for each in judged.ask("/rules.json").json["items"])
    assert judged.ask("/rules/again", method="POST", body=body, headers=FORM).status == 404
    mended = replace(BROKEN, find=lambda _subject: ())
    with Store.open(judged.db) as store:
        assert Judge(store, (*RULES, mended)).catch_up() == 12
        assert store.findings.health() == ()


def test_a_file_that_could_not_be_imported_can_be_tried_again(judged):
    assert judged.ask("/rules").text.count('value="import:') == 0
    with Store.open(judged.db) as store:
        judging = store.findings.judging("")
        judging.put_health(
            Health(
                "import:halo_rules/bad.py",
                "a",
                1,
                is_off=True,
                message="It does not end.",
                trace_id="",
                time_ns=1,
            )
        )
        judging.close()
    page = judged.ask("/rules").text
    assert 'value="import:halo_rules/bad.py"' in page
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    body = f"rule=import:halo_rules/bad.py&csrf_token={token}".encode()
    answer = judged.ask("/rules/again", method="POST", body=body, headers=FORM)
    assert answer.headers["location"] == "/rules#problems"
    assert 'value="import:' not in judged.ask("/rules").text


def test_the_table_has_a_line_for_each_rule(judged):
    lines = judged.ask("/rules.csv").text.splitlines()
    assert len(lines) >= 2 + len(RULES)
    assert lines[0].startswith("rule,title,version")


def test_before_anything_was_judged_the_rules_of_halo_stand(dashboard):
    found = dashboard.ask("/rules.json").json
    assert len(found["items"]) == len(RULES)
    assert "nothing was judged yet" in texts(dashboard.ask("/rules").text)


def test_the_page_is_accessible_and_never_scrolls_sideways(judged: Dashboard, open_page: Open) -> None:
    for theme in ("light", "dark"):
        page = open_page(f"{judged.url}/rules", color_scheme=theme)
        assert violations(page) == []
        for width in (1920, 390):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert violations(page) == []
