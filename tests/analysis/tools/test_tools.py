"""The typed tools and the functions of code: the same answers, and errors that say how to do it right."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from halo_dash.analysis.reading.workspace import Workspace
from halo_dash.analysis.selection import Selection
from halo_dash.analysis.tools.code import CODE_TEXT, code_functions
from halo_dash.analysis.tools.library import ReadingLibrary
from halo_dash.analysis.tools.reading import reading_tools
from halo_dash.detect import RULES
from halo_dash.jobs import indexer
from halo_dash.jobs.judge import Judge
from halo_dash.model.filter import NO_FILTER
from halo_dash.model.filter_fields import FIELDS
from halo_dash.model.run import Seen
from halo_dash.store import Store
from tests.store.conformance.runs import NOW, random_trace

PROMISED = {
    *("get_dataset_overview", "query_traces", "count_traces", "view_trace", "view_spans"),
    *("search_trace", "search_span"),
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path: Path = tmp_path_factory.mktemp("tools") / "halo.db"
    with Store.open(path) as opened:
        with opened.writing() as tx:
            for seed in range(40):
                tx.write(random_trace(seed), source="import", received_ns=NOW)
        Judge(opened, RULES, clock=lambda: NOW + 10**12).catch_up()
        indexer.catch_up(opened)
        yield opened


@pytest.fixture
def workspace(store: Store) -> Workspace:
    return Workspace(store, Selection.freeze(store, NO_FILTER, (), None, NOW))


def called(workspace: Workspace, name: str, arguments: Any) -> tuple[Any, bool]:
    (tool,) = (each for each in reading_tools(workspace) if each.spec.name == name)
    outcome = tool.call(arguments if isinstance(arguments, str) else json.dumps(arguments))
    return outcome.text if outcome.is_error else json.loads(outcome.text), outcome.is_error


def test_the_promised_tools_are_there(workspace: Workspace) -> None:
    names = [each.spec.name for each in reading_tools(workspace)]
    assert len(names) == len(set(names))
    assert set(names) >= PROMISED
    for tool in reading_tools(workspace):
        assert tool.spec.parameters["type"] == "object"
        assert tool.kind.model_validate(tool.example) is not None
    told = json.dumps([each.spec.parameters for each in reading_tools(workspace)])
    assert all(field.name in told for field in FIELDS)


def test_both_faces_give_the_same(workspace: Workspace) -> None:
    trace_id = workspace.query(limit=1)["traces"][0]["trace_id"]
    functions = code_functions(workspace)
    pairs: list[tuple[str, dict[str, Any], str]] = [
        ("get_dataset_overview", {}, "overview"),
        ("query_traces", {"filter": {"kind": "LLM"}, "limit": 3}, "query"),
        ("count_traces", {"filter": "kind=LLM", "by": "model"}, "count"),
        ("search_traces", {"text": "agent"}, "search"),
        ("search_trace", {"trace_id": trace_id, "text": "a"}, "search_trace"),
        ("list_findings", {}, "findings"),
        ("list_clusters", {"in_groups": True}, "clusters"),
        ("query_sql", {"select": "SELECT count(*) FROM spans"}, "sql"),
    ]
    for name, arguments, function in pairs:
        answer, is_error = called(workspace, name, arguments)
        assert not is_error, answer
        assert answer == functions[function](**arguments)


def test_code_finds_each_text_under_all_of_its_names(workspace: Workspace) -> None:
    functions = code_functions(workspace)
    for row in workspace.query(limit=20)["traces"]:
        trace_id = row["trace_id"]
        shown, _is_error = called(workspace, "view_trace", {"trace_id": trace_id})
        found = functions["trace"](trace_id)
        assert [each["span_id"] for each in found["spans"]] == [each["span_id"] for each in shown["spans"]]
        for each in (*found["spans"], *functions["spans"](trace_id)["spans"]):
            texts = workspace.reader.fields(trace_id, each["span_id"])
            assert texts is not None
            said = {name for name in texts if not name.startswith("attribute.")} - {"name"}
            assert said <= set(each["fields"])
            assert all(texts[name] == text for name, text in each["fields"].items())


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("view_trace", {}, "trace_id: Field required"),
        ("view_trace", "not json", "Invalid JSON"),
        ("view_trace", "", "trace_id: Field required"),
        ("view_trace", {"trace_id": "f" * 32}, "not in this selection"),
        ("view_trace", {"trace_id": "f" * 32, "offset": 3}, "offset: Extra inputs are not permitted"),
        ("query_traces", {"filter": {"stats": "error"}}, "did you mean status?"),
        ("query_traces", {"limit": 1000}, "less than or equal to 100"),
        ("query_traces", {"sort": "age"}, "sort must be one of"),
        ("query_traces", {"cursor": "x"}, "cursor does not belong"),
        ("count_traces", {"by": "colour"}, "by must be one of"),
        ("query_sql", {"select": "DROP TABLE traces"}, "Only SELECT"),
        ("query_sql", {"select": "SELECT colour FROM traces"}, "no such column: colour"),
        ("list_clusters", {"name": "nothing"}, "no cluster"),
    ],
)
def test_wrong_calls_are_answered_with_what_is_wrong(
    workspace: Workspace, name: str, arguments: Any, said: str
) -> None:
    answer, is_error = called(workspace, name, arguments)
    assert is_error
    assert said in answer


def test_wrong_arguments_are_answered_with_a_right_example(workspace: Workspace) -> None:
    answer, _is_error = called(workspace, "view_spans", {"trace": "x"})
    example = json.loads(answer.partition("For example ")[2])
    assert set(example) == {"trace_id", "span_ids"}
    assert "It knows trace_id, span_ids, kind, name, only_errors, fields, offset." in answer


def test_the_text_for_code_names_every_function_and_argument(workspace: Workspace) -> None:
    for name, function in code_functions(workspace).items():
        (line,) = (each for each in CODE_TEXT.splitlines() if each.startswith(f"{name}("))
        given = line.partition("(")[2].partition(")")[0]
        assert list(inspect.signature(function).parameters) == [
            each.partition("=")[0] for each in given.split(", ") if each
        ]


def test_a_library_hands_over_what_an_agent_may_read(store: Store) -> None:
    seen: list[Seen] = []
    library = ReadingLibrary.of(store, Selection.freeze(store, NO_FILTER, (), None, NOW), seen.append)
    assert "40 traces" in library.about()
    assert json.loads(library.overview())["read"]["traces"] == 40
    part = library.narrowed({"kind": "TOOL"}).for_agent("0.1")
    row = part.workspace.query(limit=1)["traces"][0]
    whole = json.loads(part.whole(row["trace_id"]))
    assert len(whole["spans"]) == row["spans"]
    assert {each.agent for each in seen} == {"0.1"}
    sampled = ReadingLibrary.of(store, Selection.freeze(store, NO_FILTER, (), 20, NOW), seen.append)
    assert "the limit is 20" in sampled.about()
