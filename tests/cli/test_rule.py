"""`halo rule`: the rules there are, and a rule of one's own tried on trace files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from halo_dash.detect import RULES
from halo_dash.store import Store
from halo_dash.store.findings.judging import Health
from tests.cli.conftest import Ended

FIXTURES = Path(__file__).parents[1] / "fixtures" / "otlp" / "openllmetry-openai"
Halo = Callable[..., Ended]

OWN = '''
from halo_dash.plugins import Evidence, Finding, Subject, rule


@rule("talks", title="The run talks")
def talks(subject: Subject):
    """Claims: a model answered."""
    if subject.answer:
        {body}
        call = subject.last_call
        yield Finding(
            rule="talks", severity="low", title="It talks", explanation="It should not.", ending="none",
            evidence=(Evidence(call.span.span_id, "output", subject.answer[:20]),),
        )
'''


@pytest.fixture
def own(tmp_path: Path) -> Callable[[str], str]:
    def write(body: str) -> str:
        (tmp_path / "talks.py").write_text(OWN.format(body=body))
        return "talks.py"

    return write


def test_every_rule_is_listed_with_its_claim(halo: Halo, tmp_path: Path, own: Callable[[str], str]) -> None:
    own("pass")
    (tmp_path / "halo_rules").mkdir()
    (tmp_path / "talks.py").rename(tmp_path / "halo_rules" / "talks.py")
    (tmp_path / "halo_rules" / "bad.py").write_text("(")
    found = halo("rule", "list", "--json").document
    assert [each["name"] for each in found["items"]] == [*(rule.name for rule in RULES), "talks"]
    assert all(each["claim"] and each["title"] for each in found["items"])
    assert "SyntaxError" in found["problems"][0]["message"]
    table = halo("rule", "ls")
    assert "retry-loop" in table.out
    assert "bad.py" in table.err
    assert "Claims: a model answered." in halo("rule", "get", "talks").out
    assert halo("rule", "get", "nothing").code == 3


def test_a_rule_of_ones_own_shows_what_it_finds_where(halo_process: Halo, own: Callable[[str], str]) -> None:
    ended = halo_process("rule", "test", own("pass"), str(FIXTURES / "1.binpb"), "--json")
    assert ended.code == 0
    assert ended.document["rules"] == ["talks"]
    (item,) = ended.document["items"]
    (finding,) = item["findings"]
    assert finding["evidence"][0]["quote"]
    assert item["file"].endswith("1.binpb")
    told = halo_process("rule", "test", "talks.py", str(FIXTURES / "1.binpb")).out
    assert finding["evidence"][0]["span_id"] in told
    assert "1 finding in 1 of 1 trace" in told


def test_a_rule_of_halo_is_tried_by_its_name(halo: Halo) -> None:
    ended = halo("rule", "test", "retry-loop", str(FIXTURES / "2.binpb"))
    assert ended.code == 0
    assert "web_search was called" in ended.out


def test_a_rule_that_raises_is_named(halo_process: Halo, own: Callable[[str], str]) -> None:
    ended = halo_process("rule", "test", own("1 / 0"), str(FIXTURES / "1.binpb"))
    assert ended.code == 1
    assert "ZeroDivisionError" in ended.out


def test_a_rule_that_never_ends_is_ended(halo_process: Halo, own: Callable[[str], str]) -> None:
    ended = halo_process("rule", "test", "--limit", "0.3", own("while True: pass"), str(FIXTURES / "1.binpb"))
    assert ended.code == 1
    assert "talks.py) failed on trace" in ended.out
    assert "still running after 0.3 s, at line 9" in ended.out


def test_a_file_that_is_never_imported_is_told_with_its_limit(halo_process: Halo, tmp_path: Path) -> None:
    (tmp_path / "endless.py").write_text("import re\nwhile True: pass\n")
    ended = halo_process("rule", "test", "--limit", "0.3", "endless.py", str(FIXTURES / "1.binpb"))
    assert ended.code == 2
    assert "endless.py cannot be loaded: It was still being imported after 0.3 s, at line 2" in ended.err


def test_a_rule_that_failed_is_tried_again(halo: Halo, tmp_path: Path) -> None:
    assert halo("rule", "enable", "talks").code == 4, "there is no store"
    (tmp_path / "data").mkdir()
    with Store.open(tmp_path / "data" / "halo.db") as store:
        judging = store.findings.judging("")
        for name in ("talks", f"import:{tmp_path / 'bad.py'}"):
            judging.put_health(
                Health(name, "1", 3, is_off=True, message="It was slow.", trace_id="", time_ns=1)
            )
        judging.close()
        ended = halo("rule", "enable", "talks")
        assert (ended.code, "talks is tried again" in ended.out) == (0, True)
        assert halo("rule", "enable", "talks").code == 3
        assert [each.rule for each in store.findings.health()] == [f"import:{tmp_path / 'bad.py'}"]
        assert halo("rule", "enable", "bad.py").code == 0
        assert store.findings.health() == ()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("no-such-rule", "1"), 3), (("missing.py", "1"), 2), (("empty.py", "1"), 2), (("retry-loop", "x"), 2)],
)
def test_wrong_use(halo: Halo, tmp_path: Path, arguments: tuple[str, str], code: int) -> None:
    (tmp_path / "empty.py").write_text("")
    (tmp_path / "1").write_bytes((FIXTURES / "1.binpb").read_bytes())
    assert halo("rule", "test", *arguments).code == code
