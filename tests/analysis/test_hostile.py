"""What traces cannot do, even where the model obeys them: steal, forge, act on its reader."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from halo_dash.analysis.analyst.composing import built_in_report
from halo_dash.analysis.analyst.evidence import evidence_text
from halo_dash.cli.root import run as halo
from halo_dash.model.filter import Filter
from halo_dash.model.report import Citation, Report
from halo_dash.model.run import Run, RunLimits, RunRequest
from halo_dash.patterns.reading import read_patterns
from halo_dash.store import Store
from tests.analysis import hostile
from tests.analysis.engine.bench import CODE, KEY, execute, report_of, run
from tests.analysis.hostile import HONEST_TEXT, HOST, MARKUP, OUTSIDE_TEXT, obey
from tests.analysis.scripted import Answer, ScriptedRequest, ScriptedServer, Use, calls, say

REQUEST = RunRequest(
    prompt="What goes wrong?", filter=Filter(excluded=(("agent", "other"),)), limits=RunLimits(max_depth=1)
)
CONTROL = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069]")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "halo.db") as opened:
        yield opened


def analyst(store: Store) -> dict[str, Any]:
    """The built-in analyst as `halo serve` has it, whose evidence the model begins with."""

    def report(selection: Any, request: RunRequest) -> Report:
        patterns = read_patterns(store, selection.chosen, 1, selection.now_ns)
        return built_in_report(store, selection, patterns, request)

    return {**CODE, "analyst": report, "evidence": evidence_text}


def obeyed(
    store: Store,
    scripted: ScriptedServer,
    report: dict[str, Any],
    orders: Sequence[dict[str, Any]] = (),
    **more: Any,
) -> Run:
    """The run of a model that does what the traces say."""
    hostile.fill(store, orders, report)
    scripted.script = obey
    done = run(store, scripted.base_url, replace(REQUEST, **more), **analyst(store))
    assert done.state == "completed", done.reason
    return done


def citations(report: Report) -> list[Citation]:
    return [*report.citations, *(each for finding in report.findings for each in finding.evidence)]


def test_nothing_outside_the_selection_is_read_whatever_is_ordered(
    store: Store, scripted: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    repository = tmp_path / "repository"
    repository.mkdir()
    secret = tmp_path / "outside.txt"
    secret.write_text("outside-of-the-repository-77")
    (repository / ".env").write_text("dotenv-secret-42")
    (repository / "link.txt").symlink_to(secret)
    subprocess.run(["git", "init", "-q", str(repository)], check=True)
    orders = hostile.stealing(store.path, secret)
    report = {"title": "T", "summary": "All was read.", "findings": []}
    done = obeyed(store, scripted, report, orders, repo_path=str(repository))

    events = store.runs.events(done.run_id, limit=10_000)
    answered = [each for each in events if each.kind == "tool_result" and each.agent == "0"]
    assert len(answered) == len(orders) + 2
    assert any("42 still works" in each.data["text"] for each in answered)
    told = json.dumps([each.data for each in events], ensure_ascii=False)
    sent = json.dumps([each.body for each in scripted.requests], ensure_ascii=False)
    for each in (
        KEY,
        "root:x:0:0",
        "SQLite format",
        secret.read_text(),
        "dotenv-secret-42",
        "[core]",
        OUTSIDE_TEXT,
    ):
        assert each not in sent, f"{each} left this machine"
        assert each not in told
    looked_at = {each.trace_id for each in store.runs.seen(done.run_id)}
    assert hostile.OUTSIDE not in looked_at


def test_no_text_of_a_trace_is_an_instruction(store: Store, scripted: ScriptedServer) -> None:
    obeyed(store, scripted, hostile.forged())
    for request in scripted.requests:
        for message in request.messages:
            text = message["content"]
            if message["role"] in {"system", "developer"}:
                assert "SYSTEM:" not in text
                assert HOST not in text
            if message["role"] == "user" and "SYSTEM:" in text:
                assert text.startswith("Material about the selection")
                # It stays within a line: nothing in it looks like a part of the material that is ours.
                assert not [
                    line for line in text.splitlines() if line.startswith(("SYSTEM:", "</tool_result>"))
                ]


def test_no_citation_becomes_true_by_saying_so(store: Store, scripted: ScriptedServer) -> None:
    found = report_of(store, obeyed(store, scripted, hostile.forged()))
    assert len(found.findings) > 5
    assert [each for each in citations(found) if each.is_verified] == []
    assert all(each.problem for each in citations(found))
    assert not any(place.is_verified for each in found.findings for place in each.code)
    for each in found.findings:
        assert each.check is None or each.check.problem or each.counted_runs == each.check.hits
        assert each.check is None or each.check.hits is None or each.check.hits <= 1
    # Sent back once, with what does not hold.
    assert sum(bool(each.texts_of("final_answer")) for each in scripted.requests) == 1


def acts(markdown: str) -> list[str]:
    """What a renderer that lets HTML through would fetch, follow or run; and addresses it would link."""
    found: list[str] = []
    for token in MarkdownIt("commonmark", {"html": True}).enable("table").parse(markdown):
        if token.type == "html_block":
            found.append(token.content)
        for part in token.children or ():
            source = str(part.attrs.get("href") or part.attrs.get("src") or "")
            if part.type in {"html_inline", "image"}:
                found.append(part.content or source)
            elif part.type == "link_open" and not re.match(r"/(traces|clusters|analysis)\b", source):
                found.append(source)
            elif part.type == "text" and re.search(
                r"https?://|www\.|javascript:|mailto:", part.content, re.IGNORECASE
            ):
                found.append(part.content)
    return found


def test_a_report_is_words_wherever_it_is_read(
    store: Store, scripted: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    done = obeyed(store, scripted, hostile.dressed())
    with store.writing() as tx:
        follow = tx.runs.follow_up(done.conversation_id, f"And this? {MARKUP[0]}", 10)
    scripted.script = lambda _request: Answer(
        tool_calls=(Use("final_answer", {"answer": "\n\n".join(MARKUP), "citations": []}),)
    )
    assert execute(store, scripted.base_url, follow.run_id, **analyst(store)).state == "completed"
    found = report_of(store, done)
    assert sum(each.is_verified for each in citations(found)) > 5
    contents = [each.content for each in store.runs.conversation(done.conversation_id).messages]
    for content in contents[1::2]:
        assert acts(content) == []
        assert not CONTROL.search(content)

    at = ("--db", str(store.path))
    for command in (
        ("conversation", "get", done.conversation_id),
        ("conversation", "list"),
        *(("conversation", "get", done.conversation_id, "--brief", str(n + 1)) for n in range(len(MARKUP))),
        ("run", "events", done.run_id),
        ("run", "get", done.run_id),
        ("run", "list"),
        ("conversation", "get", done.conversation_id, "--json"),
        ("run", "events", done.run_id, "--json"),
    ):
        assert halo((*command, *at)) == 0, command
        printed = capsys.readouterr().out
        assert printed
        assert not CONTROL.search(printed), (command, CONTROL.findall(printed))
        if "--json" in command:
            json.loads(printed)


def test_what_is_salvaged_of_hostile_notes_is_words_too(store: Store, scripted: ScriptedServer) -> None:
    hostile.fill(store, (), hostile.dressed())
    scripted.script = lambda request: say("\n\n".join(MARKUP)) if request.turn else obey(request)
    limits = RunLimits(max_depth=0, max_turns=2)
    done = run(store, scripted.base_url, replace(REQUEST, limits=limits), **analyst(store))
    found = report_of(store, done)
    assert found.is_partial
    (content,) = [
        each.content
        for each in store.runs.conversation(done.conversation_id).messages
        if each.role == "assistant"
    ]
    assert acts(content) == []
    assert not CONTROL.search(content)


def test_a_report_of_nine_megabytes_is_refused_in_words_and_the_run_goes_on(
    store: Store, scripted: ScriptedServer
) -> None:
    hostile.fill(store, (), {})
    huge = json.dumps({"title": "T", "summary": "é" * 4_500_000, "findings": []}, ensure_ascii=False)

    def script(request: ScriptedRequest) -> Answer:
        if not request.tools:
            return say("It handed in too much.")
        if "at most" in "".join(request.tool_texts) or "It handed in too much." in str(request.messages):
            return calls(Use("final_answer", {"title": "Small", "summary": HONEST_TEXT, "findings": []}))
        return replace(calls(Use("final_answer", huge)), piece=1_000_000)

    scripted.script = script
    done = run(store, scripted.base_url, REQUEST, **analyst(store))
    assert done.state == "completed", done.reason
    found = report_of(store, done)
    assert found.title == "Small"
    # Where it stays stubborn, its beginning is kept.
    scripted.script = lambda request: (
        replace(calls(Use("final_answer", huge)), piece=1_000_000) if request.tools else say("Too much.")
    )
    done = run(store, scripted.base_url, REQUEST, **analyst(store))
    assert done.state == "completed", done.reason
    assert len(report_of(store, done).summary) < 50_000
