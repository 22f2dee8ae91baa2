"""What rules say of themselves is complete, and what the documentation says of them is true."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from halo_dash.cli import reference
from halo_dash.detect import RULES, judge
from halo_dash.detect.claim import Claim, read_claim
from halo_dash.plugins import load_rules

sys.path.insert(0, str(Path(__file__).parent))
from agent_run import Run

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_says_what_it_claims_when_it_abstains_and_where_it_errs(rule):
    claim = read_claim(rule.claim)
    assert all((claim.about, claim.claims, claim.abstains, claim.false_alarms))


def test_the_page_of_rules_is_current():
    page = PAGE.read_text(encoding="utf-8")
    assert reference.rules(page) == page, "run `make docs`"
    assert all(f"`{rule.name}`" in page for rule in RULES)


def test_the_example_of_the_page_is_a_rule_that_works(tmp_path):
    example = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    (tmp_path / "no_apology.py").write_text(example[1], encoding="utf-8")
    loaded = load_rules(tmp_path)
    assert loaded.problems == ()
    own = [rule for rule in loaded.rules if not rule.is_builtin]
    claim = read_claim(own[0].claim)
    assert all((claim.claims, claim.abstains, claim.false_alarms))
    (finding,) = judge(Run().llm("I am sorry to say no.").subject(), own).verdict.findings
    assert (finding.rule, finding.evidence[0].quote) == ("no-apology", "sorry")
    assert judge(Run().llm("4 degrees.").subject(), own).verdict.findings == ()


def test_free_words_are_kept_as_they_are():
    assert read_claim("Says something.\n\nAnd more:\nof it.") == Claim("Says something. And more: of it.")
    assert read_claim("A.\n\nAbstains: b\n\nc\n\nClaims: d") == Claim("A.", "d", "b c")
