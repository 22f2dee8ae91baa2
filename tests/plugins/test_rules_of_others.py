"""Rules of one's own: found in their folder, taken up as they are edited, and kept from doing harm."""

from __future__ import annotations

import os
import sys
import textwrap
import time
from pathlib import Path

import pytest

from halo_dash.detect import RULES, judge
from halo_dash.jobs.judge import Judge
from halo_dash.jobs.rule_guard import RuleGuard
from halo_dash.jobs.rule_health import identity
from halo_dash.plugins import load_rules
from halo_dash.store import Store

sys.path.insert(0, str(Path(__file__).parents[1] / "detect"))
from agent_run import Run

APOLOGY = '''
"""Our own."""
from halo_dash.plugins import Evidence, Finding, Subject, rule


@rule("no-apology", title="The answer apologises")
def no_apology(subject: Subject):
    """Claims: the last words contain "sorry"."""
    if subject.answer and "sorry" in subject.answer.lower():
        span_id = subject.last_call.span.span_id
        yield Finding("x", "low", "It apologises", "Do not.", (Evidence(span_id, "output", "sorry"),), "none")
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "halo_rules"
    made.mkdir()
    return made


def mine(folder: Path):
    return [each for each in load_rules(folder).rules if not each.is_builtin]


def test_a_rule_in_the_folder_judges_beside_ours(folder):
    (folder / "tone.py").write_text(APOLOGY)
    loaded = load_rules(folder)
    assert loaded.rules[: len(RULES)] == RULES
    assert loaded.problems == ()
    (rule,) = mine(folder)
    assert (rule.name, rule.claim) == ("no-apology", 'Claims: the last words contain "sorry".')
    verdict = judge(Run().llm("Sorry about that.").subject(), loaded.rules).verdict
    assert [found.rule for found in verdict.findings] == ["no-apology"]


def test_an_edited_rule_is_another_version(folder):
    (folder / "tone.py").write_text(APOLOGY)
    before = load_rules(folder).rules
    assert identity(before) == identity(load_rules(folder).rules)
    (folder / "tone.py").write_text(APOLOGY.replace("sorry", "afraid"))
    after = load_rules(folder).rules
    assert identity(before) != identity(after)
    assert judge(Run().llm("I am afraid not.").subject(), after).verdict.findings


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def broken(:", "SyntaxError"),
        ("raise RuntimeError('boom')", "RuntimeError: boom"),
        ("import no_such_module", "ModuleNotFoundError"),
        ("x = 1", "has no rule"),
        (APOLOGY.replace("no-apology", "error-status"), "has the name of one of halo"),
        (APOLOGY.replace("no-apology", "No Apology"), "lower-case letters"),
        ("import sys; sys.exit(3)", "SystemExit"),
    ],
    ids=["syntax", "raises", "import", "empty", "taken", "name", "exits"],
)
def test_a_broken_file_is_named_and_leaves_the_others_alone(folder, source, message):
    (folder / "a.py").write_text(source)
    (folder / "tone.py").write_text(APOLOGY.replace("no-apology", "still-here"))
    loaded = load_rules(folder)
    (problem,) = loaded.problems
    assert problem.source.endswith("a.py")
    assert message in problem.message
    assert [each.name for each in loaded.rules if not each.is_builtin] == ["still-here"]


def test_what_is_no_finding_counts_as_an_error_of_the_rule(folder):
    (folder / "a.py").write_text(APOLOGY.replace("yield Finding(", "yield ("))
    judged = judge(Run().llm("Sorry.").subject(), load_rules(folder).rules)
    assert judged.verdict.findings == ()
    assert [error.rule for error in judged.errors] == ["no-apology"]


def test_no_folder_is_no_problem(tmp_path):
    assert load_rules(tmp_path / "none").rules == RULES


def test_an_installed_package_offers_rules(tmp_path, monkeypatch):
    package = tmp_path / "site"
    info = package / "more_rules-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: more-rules\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[halo_dash]\nmore = more_rules\n")
    source = APOLOGY + textwrap.dedent(
        """
        from halo_dash.plugins import hookimpl

        @hookimpl
        def halo_rules():
            return [no_apology]
        """
    )
    (package / "more_rules.py").write_text(source.replace("no-apology", "from-a-package"))
    monkeypatch.syspath_prepend(package)
    assert [each.name for each in mine(tmp_path / "none")] == ["from-a-package"]


ENDLESS = """
import re
from halo_dash.plugins import Subject, rule


@rule("endless", title="Never ends")
def endless(subject: Subject):
    re.match(r"(a+)+$", "a" * 64 + "b")
    yield from ()
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no timers that signal")
def test_a_regular_expression_that_explodes_takes_nothing_with_it(tmp_path, folder):
    (folder / "endless.py").write_text(ENDLESS)
    run = Run().tool("get_weather", {"city": "Oslo"}, "Error: x").llm("Sorry, I could not.")
    with Store.open(tmp_path / "halo.db") as store:
        with store.writing() as tx:
            tx.write(run.whole(), source="import", received_ns=time.time_ns() - 10**10)
        job = Judge(store, load_rules(folder).rules)
        job.limit_s = 0.3
        assert job.catch_up() == 1
        (health,) = store.findings.health()
        assert (health.rule, health.is_off, health.trace_id) == ("endless", True, run.trace_id)
        assert "still running after 0.3 s, at line 8" in health.message
        assert {each.rule for each in store.findings.of(run.trace_id).findings} >= {"error-result"}
        listed, _problems = store.findings.rules()
        assert "endless" in {each.name for each in listed}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no timers that signal")
def test_a_file_that_is_never_imported_is_named_and_leaves_the_others_alone(folder):
    (folder / "a.py").write_text("import re\nwhile True: pass\n")
    (folder / "tone.py").write_text(APOLOGY)
    loaded = load_rules(folder, RuleGuard(0.2).importing)
    (problem,) = loaded.problems
    assert problem.source.endswith("a.py")
    assert problem.message == "It was still being imported after 0.2 s, at line 2, and was left out."
    assert [each.name for each in loaded.rules if not each.is_builtin] == ["no-apology"]


@pytest.mark.parametrize(
    ("mark", "message"),
    [
        ('@rule("x", title=5)', "line 6: The title of a rule is a text, not 5."),
        ('@rule("x", title=" ")', "line 6: The title of a rule is a text, not ' '."),
        ('@rule(5, title="X")', "line 6: A rule needs a name and a title."),
        ('@rule("", title="X")', "line 6: The name of a rule is a text, not ''."),
        ('@rule("x")', "line 6: The title of a rule is a text, not ''."),
        ("@rule", "line 6: A rule needs a name and a title."),
        ('@rule("x", title="X", version="2")', "line 6: The version of a rule is a whole number, not '2'."),
        ('@rule("x", title="X", severity="low")', "line 6: TypeError"),
        ('@rule("x", title="X")\n@rule("y", title="Y")', "The rule x is no function of one argument"),
        ('@rule("x", title="X")\nclass Y: pass\n', "The rule x is no function of one argument"),
        ('@rule("x", title="X")\ndef y(): pass\n', "The rule x is no function of one argument"),
        ('@rule("x", title="X")\nasync def y(subject): pass\n', "The rule x is no function of one argument"),
    ],
)
def test_a_wrong_use_of_the_decorator_is_told_with_its_line(folder, mark, message):
    (folder / "a.py").write_text(APOLOGY.replace('@rule("no-apology", title="The answer apologises")', mark))
    (problem,) = load_rules(folder).problems
    assert problem.message.startswith(message) or message in problem.message
    assert problem.source == str(folder / "a.py")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('"low"', None),
        ('"catastrophic"', "none of high"),
        ("3", "none of high"),
    ],
)
def test_a_finding_with_a_word_that_is_none_counts_as_an_error_of_its_rule(folder, body, message):
    (folder / "a.py").write_text(APOLOGY.replace('"x", "low"', f'"x", {body}'))
    judged = judge(Run().llm("Sorry.").subject(), load_rules(folder).rules)
    assert [message in error.message for error in judged.errors] == ([True] if message else [])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('Finding("x"', 'Finding("error-status"'), "of error-status, a rule of halo, not of no-apology"),
        (("Evidence(span_id", 'Evidence("f" * 16'), "no span 'ffffffffffffffff'"),
    ],
)
def test_a_finding_borrows_no_name_of_ours_and_no_span_of_another_trace(folder, change, message):
    (folder / "a.py").write_text(APOLOGY.replace(*change))
    judged = judge(Run().llm("Sorry.").subject(), load_rules(folder).rules)
    assert judged.verdict.findings == ()
    assert [message in error.message for error in judged.errors] == [True]


@pytest.mark.parametrize(
    "line", ["raise SystemExit(3)", "raise GeneratorExit", "import os; os.environ['no such key']"]
)
def test_a_rule_that_leaves_takes_nobody_along(folder, line):
    (folder / "a.py").write_text(
        APOLOGY.replace("    if subject.answer and", f"    {line}\n    if subject.answer and")
    )
    judged = judge(Run().llm("", finish="length").subject(), load_rules(folder).rules)
    assert [error.rule for error in judged.errors] == ["no-apology"]
    assert [found.rule for found in judged.verdict.findings] == ["cut-off"]


def test_findings_have_bounds(folder):
    many = APOLOGY.replace(
        "        yield Finding(", "        for _ in range(10**9):\n          yield Finding("
    )
    (folder / "a.py").write_text(many)
    judged = judge(Run().llm("Sorry.").subject(), load_rules(folder).rules)
    assert "more than 100 findings" in judged.errors[0].message
    (folder / "a.py").write_text(APOLOGY.replace('"It apologises"', '"x" * 10**6'))
    (found,) = judge(Run().llm("Sorry.").subject(), load_rules(folder).rules).verdict.findings
    assert len(found.title) == 200
