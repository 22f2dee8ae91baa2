"""What an agent is answered: true, bounded, ready to be cited, and only of its selection."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from halo_dash.analysis.reading import trace_view
from halo_dash.analysis.reading.shown import DISCOVERING, READING, VIEW_BYTES, size
from halo_dash.analysis.reading.workspace import Workspace
from halo_dash.analysis.report.quotes import is_meaningful, stands_in
from halo_dash.errors import HaloError, InvalidInputError, NotFoundError, UnavailableError, UsageError
from halo_dash.model.filter import Filter
from halo_dash.model.run import Seen
from halo_dash.model.span import Event, Span
from halo_dash.store import Store
from tests.analysis.reading.conftest import NOW_NS, freeze


@pytest.fixture
def seen() -> list[Seen]:
    return []


@pytest.fixture
def workspace(demo: Store, seen: list[Seen]) -> Workspace:
    return Workspace(demo, freeze(demo), seen.append)


def quotes(fields: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in fields.items():
        text = value if isinstance(value, str) else value.get("text", "")
        if text:
            yield name, text


def test_everything_is_plain_json(workspace: Workspace) -> None:
    trace_id = workspace.query(limit=1)["traces"][0]["trace_id"]
    for each in (
        workspace.overview(),
        workspace.query({"status": "error"}),
        workspace.count(by="tool"),
        workspace.trace(trace_id),
        workspace.spans(trace_id),
        workspace.search("order"),
        workspace.search_trace(trace_id, "e"),
        workspace.findings(),
        workspace.clusters(),
        workspace.cohort({"status": "error"}),
        workspace.sql("SELECT * FROM traces"),
    ):
        assert json.loads(json.dumps(each)) == each


def test_the_overview_is_short_and_counts_as_the_store_does(demo: Store, workspace: Workspace) -> None:
    found = workspace.overview()
    assert size(found) <= 20_000
    totals = demo.traces.totals(Filter(), NOW_NS)
    read = found["read"]
    assert (read["traces"], read["spans"]) == (totals.traces, totals.spans)
    assert read["status"]["error"] == totals.failed
    assert sum(read["status"][name] for name in ("ok", "error", "running")) == totals.traces
    assert found["failures"]["traces_by_rule"]
    assert found["failures"]["groups"][0]["share"] > 0
    assert found["quantiles"]["duration_ms"]["p50"] <= found["quantiles"]["duration_ms"]["max"]
    assert all(workspace.reader.contains(each) for ids in found["examples"].values() for each in ids)
    assert "selected" not in read


def test_a_sample_tells_both_numbers_everywhere(demo: Store) -> None:
    workspace = Workspace(demo, freeze(demo, span_limit=400))
    sizes = workspace.selection.size
    read = workspace.overview()["read"]
    assert (read["traces"], read["selected"]["traces"]) == (sizes.read_traces, sizes.traces)
    assert read["sampling"] == workspace.selection.note
    counted = workspace.count({"effective": "error"})
    assert counted["of"] == sizes.read_traces
    assert counted["selected"] == {
        "traces": demo.traces.totals(Filter(effective=("error",)), NOW_NS).traces,
        "of": sizes.traces,
        "share": pytest.approx(counted["selected"]["traces"] / sizes.traces, abs=1e-4),
    }
    everything = {
        row["cluster"]: row for row in Workspace(demo, freeze(demo)).clusters(limit=100)["clusters"]
    }
    for row in workspace.clusters(limit=100)["clusters"]:
        assert row["selected_runs"] == everything[row["cluster"]]["runs"]
        assert row["selected_share"] == everything[row["cluster"]]["share"]


def test_nothing_outside_the_selection_is_read(demo: Store, seen: list[Seen]) -> None:
    inside = {row.summary.trace_id for row in demo.traces.rows(Filter(effective=("error",)), NOW_NS)}
    outside = next(
        row.summary.trace_id
        for row in demo.traces.rows(Filter(), NOW_NS)
        if row.summary.trace_id not in inside
    )
    workspace = Workspace(demo, freeze(demo, Filter(effective=("error",))), seen.append)
    span_id = demo.spans.outline(outside)[0].span_id
    attempts: tuple[Callable[[], Any], ...] = (
        lambda: workspace.trace(outside),
        lambda: workspace.trace(outside, "first"),
        lambda: workspace.spans(outside, [span_id]),
        lambda: workspace.search_trace(outside, "a"),
        lambda: workspace.search_span(outside, span_id, "a"),
    )
    for attempt in attempts:
        with pytest.raises(NotFoundError, match="not in this selection"):
            attempt()
    assert workspace.query({"trace": [outside]})["traces"] == []
    assert workspace.narrowed({"trace": [outside]}).query()["traces"] == []
    assert workspace.narrowed(None, [outside]).query()["traces"] == []
    assert workspace.count({"trace": [outside]})["traces"] == 0
    assert workspace.sql(f"SELECT * FROM traces WHERE trace_id = '{outside}'")["rows"] == []  # noqa: S608 - hex
    assert {row["trace_id"] for row in workspace.search("order OR the")["hits"]} <= inside
    assert {row["trace_id"] for row in workspace.findings(limit=100)["findings"]} <= inside
    assert {each.trace_id for each in seen} <= inside


def test_query_pages_through_all_of_it(workspace: Workspace, seen: list[Seen]) -> None:
    found: list[str] = []
    cursor = None
    while True:
        page = workspace.query({"kind": "TOOL"}, sort="-duration", limit=100, cursor=cursor)
        found += (row["trace_id"] for row in page["traces"])
        cursor = page.get("next_cursor")
        if cursor is None:
            break
    assert len(found) == len(set(found)) == page["total"]
    assert {each.how for each in seen} == {"listed"}
    assert {each.trace_id for each in seen} == set(found)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"tol": "x"}, "did you mean tool"),
        ({"status": "failed"}, "must be one of ok, error"),
        ("tol=x", "did you mean tool"),
        (["status"], "a query string or an object"),
        ({"duration": "soon"}, "duration"),
    ],
)
def test_wrong_filters_are_answered_with_what_is_meant(workspace: Workspace, given: Any, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        workspace.count(given)
    assert said in refused.value.message
    assert refused.value.hint


def test_filters_are_written_in_any_form(workspace: Workspace) -> None:
    tool = next(iter(workspace.count(by="tool")["by"]))
    asked = {"tool": [tool], "spans": {"min": 2, "max": 500}, "not": {"status": "ok"}, "q": None}
    typed = f"tool={tool}&spans=2..500&not.status=ok"
    counted = workspace.count(asked)
    assert counted["traces"]
    assert counted == workspace.count(typed) == workspace.count(f"/traces?{typed}")
    assert counted == workspace.count({"tool": tool, "spans": [2, 500], "not": {"status": ["ok"]}})
    assert workspace.count("refund")["traces"] == workspace.count({"q": "refund"})["traces"] > 0
    by = workspace.count({"tool": tool}, by="tool")
    assert by["by"][tool] == by["traces"] == max(by["by"].values())


def test_each_quote_of_a_view_is_found_where_it_says(workspace: Workspace) -> None:
    cited = 0
    for row in workspace.query({"effective": "error"}, limit=12)["traces"]:
        trace_id = row["trace_id"]
        for view in workspace.trace(trace_id)["spans"]:
            texts = workspace.reader.fields(trace_id, view["span_id"])
            assert texts is not None
            for name, text in quotes(view["fields"]):
                assert text in texts[name]
        for found in workspace.findings({"trace": [trace_id]})["findings"]:
            for each in found["evidence"]:
                texts = workspace.reader.fields(trace_id, each["span_id"])
                assert texts is not None
                if "field" in each and is_meaningful(each["quote"]):
                    cited += 1
                    assert stands_in(each["quote"], texts[each["field"]])
    assert cited


def test_search_names_the_field_and_the_place(workspace: Workspace, seen: list[Seen]) -> None:
    found = workspace.search("refund")
    assert found["hits"]
    assert found["traces"] == workspace.count({"q": "refund"})["traces"]
    for hit in found["hits"]:
        if "field" in hit:
            texts = workspace.reader.fields(hit["trace_id"], hit["span_id"])
            assert texts is not None
            begin = texts[hit["field"]][hit["offset"] : hit["offset"] + 20].split()
            assert begin[:2] == hit["snippet"].strip("… ").split()[:2] or "refund" in hit["snippet"].lower()
    assert {each.how for each in seen} == {"searched"}
    with pytest.raises(UsageError):
        workspace.search("  ")


LONG = "0123456789" * 2_000


def large(number: int, said: str) -> Span:
    trace_id = "c" * 32
    return Span(
        trace_id,
        f"{number:016x}",
        parent_span_id="" if number == 1 else f"{1:016x}",
        name=f"step {number}",
        start_ns=NOW_NS + number,
        end_ns=NOW_NS + number + 5,
        status_code=2 if number == 7 else 0,
        attributes={"openinference.span.kind": "TOOL", "tool.name": "shell", "output.value": said},
        events=(Event(NOW_NS, "exception", {"exception.message": "it broke"}),) if number == 7 else (),
    )


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path: Path = tmp_path_factory.mktemp("big") / "halo.db"
    with Store.open(path) as opened:
        spans = [large(number, f"needle {number} {LONG} tail {number}\nlast line") for number in range(1, 61)]
        with opened.writing() as tx:
            tx.write(spans, source="import", received_ns=NOW_NS)
        yield opened


def test_a_trace_that_does_not_fit_is_summed_up_and_read_in_portions(big: Store) -> None:
    workspace = Workspace(big, freeze(big))
    trace_id = "c" * 32
    found = workspace.trace(trace_id)
    assert "spans" not in found
    assert found["oversized"]["spans"] == 60
    assert found["oversized"]["kinds"] == {"TOOL": 60}
    assert [each["span_id"] for each in found["oversized"]["failed_spans"]] == [f"{7:016x}"]
    assert "view_spans" in found["recommendation"]
    shown: list[str] = []
    after: str | None = trace_view.FIRST
    while after:
        portion = workspace.trace(trace_id, after)
        assert size(portion) <= VIEW_BYTES
        shown += (each["span_id"] for each in portion["spans"])
        after = portion.get("next_after")
    assert shown == [f"{number:016x}" for number in range(1, 61)]
    with pytest.raises(NotFoundError, match="go on from"):
        workspace.trace(trace_id, "nowhere")


def test_a_shortened_text_says_how_to_read_on(big: Store) -> None:
    workspace = Workspace(big, freeze(big))
    trace_id, span_id = "c" * 32, f"{3:016x}"
    whole = f"needle 3 {LONG} tail 3\nlast line"
    first = workspace.trace(trace_id, trace_view.FIRST)["spans"][2]["fields"]["output"]
    assert first == {
        "text": whole[:DISCOVERING],
        "offset": 0,
        "length": len(whole),
        "next_offset": DISCOVERING,
    }
    read, offset = "", 0
    while offset is not None:
        piece = workspace.spans(trace_id, [span_id], fields=["output"], offset=offset)
        shown = piece["spans"][0]["fields"]["output"]
        read += shown["text"] if isinstance(shown, dict) else shown
        offset = shown.get("next_offset") if isinstance(shown, dict) else None
    assert read == whole
    many = workspace.spans(trace_id)
    assert many["oversized"]["spans"][0]["largest_fields"]["output"] == len(whole)
    assert "offset" in many["recommendation"]
    one = workspace.spans(trace_id, [span_id])["spans"][0]["fields"]["output"]
    assert (len(one["text"]), one["next_offset"]) == (READING, READING)
    assert [each["span_id"] for each in workspace.spans(trace_id, only_errors=True)["spans"]] == [f"{7:016x}"]
    with pytest.raises(NotFoundError, match="no field"):
        workspace.spans(trace_id, [span_id], fields=["outptu"])
    with pytest.raises(NotFoundError, match="has no span"):
        workspace.spans(trace_id, ["nothing"])


def test_search_inside_reads_everything_and_goes_on(big: Store) -> None:
    workspace = Workspace(big, freeze(big))
    trace_id = "c" * 32
    found = workspace.search_trace(trace_id, "TAIL", limit=25)
    assert len(found["hits"]) == 25
    assert found["stopped_by"] == "limit"
    rest = workspace.search_trace(trace_id, "TAIL", limit=100, after=found["next_after"])
    spans = [each["span_id"] for each in (*found["hits"], *rest["hits"])]
    assert spans == [f"{number:016x}" for number in range(1, 61)]
    hit = found["hits"][4]
    assert (hit["field"], hit["offset"]) == ("output", len(f"needle 5 {LONG} "))
    assert "tail 5" in hit["snippet"]
    by_pattern = workspace.search_trace(trace_id, r"tail (7|8)$", regex=True)
    assert [each["span_id"] for each in by_pattern["hits"]] == [f"{7:016x}", f"{8:016x}"]
    assert "tail 7" in by_pattern["hits"][0]["snippet"]
    assert workspace.search_span(trace_id, f"{9:016x}", "^last", regex=True)["hits"][0]["snippet"].endswith(
        "line"
    )


def test_calls_that_are_alike_are_each_shown(tmp_path: Path) -> None:
    parts = [
        {"type": "tool_call", "id": f"c{n}", "name": "buy", "arguments": {"item": "A-17", "count": 1}}
        for n in (1, 2)
    ]
    said = {
        "gen_ai.operation.name": "chat",
        "gen_ai.output.messages": json.dumps([{"role": "assistant", "parts": parts}]),
    }
    with Store.open(tmp_path / "halo.db") as store:
        with store.writing() as tx:
            tx.write(
                [Span("a" * 32, "b" * 16, name="chat", attributes=said)], source="import", received_ns=NOW_NS
            )
        fields = Workspace(store, freeze(store)).trace("a" * 32)["spans"][0]["fields"]
    for number in range(2):
        assert json.loads(fields[f"message[0].tool_call[{number}].arguments"]) == parts[0]["arguments"]
    assert not [name for name in fields if name.startswith("tool_call[")]


def test_no_answer_is_larger_than_the_bound(tmp_path: Path) -> None:
    with Store.open(tmp_path / "halo.db") as store:
        crowded = {f"key{number}": f"{number} " + "x" * 4_000 for number in range(200)}
        spans = [
            Span(
                f"{number:032x}",
                "a" * 16,
                name="n" * 3_000,
                start_ns=number,
                end_ns=number,
                attributes=crowded,
            )
            for number in range(1, 101)
        ]
        with store.writing() as tx:
            tx.write(spans, source="import", received_ns=NOW_NS)
        workspace = Workspace(store, freeze(store))
        trace_id, span_id = f"{7:032x}", "a" * 16
        answers = {
            "query": workspace.query(limit=100),
            "trace": workspace.trace(trace_id),
            "portion": workspace.trace(trace_id, "first"),
            "spans": workspace.spans(trace_id),
            "search_trace": workspace.search_trace(trace_id, "x", limit=100),
            "sql": workspace.sql("SELECT *, name, name, name FROM traces"),
        }
        for name, answer in answers.items():
            assert size(answer) <= VIEW_BYTES, name
        assert "smaller limit" in answers["query"]["recommendation"]
        assert "fewer columns" in answers["sql"]["recommendation"]
        (portion,) = answers["portion"]["spans"]
        assert portion["oversized"]["fields"] >= 200
        assert answers["spans"]["oversized"]["spans"][0]["span_id"] == span_id


def test_without_an_index_traces_are_read_one_after_the_other(big: Store) -> None:
    found = Workspace(big, freeze(big)).search("NEEDLE 5", limit=5)
    assert found["hits"][0]["span_id"] == f"{5:016x}"
    assert found["traces_looked_at"] == 1
    assert "no full-text index" in found["note"]
    with pytest.raises(UnavailableError):
        freeze(big, Filter(q="needle"))


@pytest.mark.parametrize("pattern", [r"(a+)+$", r"(x+x+)+y", r"(.*?){30}q", r"^(([a-z])+.)+[A-Z]([a-z])+$"])
def test_a_pattern_cannot_take_longer_than_its_text(big: Store, pattern: str) -> None:
    workspace = Workspace(big, freeze(big))
    assert workspace.search_trace("c" * 32, pattern, regex=True)["spans_looked_at"] >= 1


@pytest.mark.parametrize("pattern", ["(", "(?=a)", r"(a)\1", "", "x" * 1_001])
def test_a_pattern_that_cannot_be_used_is_refused(big: Store, pattern: str) -> None:
    with pytest.raises(InvalidInputError):
        Workspace(big, freeze(big)).search_trace("c" * 32, pattern, regex=True)


def test_what_messages_say_is_shown_once(tmp_path: Path) -> None:
    history = [{"role": "system", "content": "You are a careful clerk. " * 20}]
    history += [{"role": "user", "content": f"Question number {number}. " * 15} for number in range(6)]
    with Store.open(tmp_path / "halo.db") as store:
        spans = []
        for number in range(1, 7):
            flat = {
                f"llm.input_messages.{place}.message.{key}": value
                for place, message in enumerate(history[: number + 1])
                for key, value in message.items()
            }
            attributes = {"openinference.span.kind": "LLM", "llm.model_name": "gpt-4o", **flat}
            attributes |= {
                "llm.output_messages.0.message.content": f"Answer {number}",
                "mine": "kept as it is",
            }
            spans.append(
                Span(
                    "d" * 32,
                    f"{number:016x}",
                    name="chat",
                    start_ns=number,
                    end_ns=number + 1,
                    attributes=attributes,
                )
            )
        with store.writing() as tx:
            tx.write(spans, source="import", received_ns=NOW_NS)
        workspace = Workspace(store, freeze(store))
        found = workspace.trace("d" * 32)
        text = json.dumps(found)
        for each in history:
            assert text.count(json.dumps(each["content"])) == 1
        last = found["spans"][-1]
        assert last["messages"].startswith("0 system, 1 user")
        assert last["as_before"][f"{1:016x}"] == ["message[0]", "message[1]"]
        assert last["as_before"][f"{2:016x}"] == ["message[2]"]
        assert last["fields"]["attribute.mine"] == "kept as it is"
        # Kind and model stand in the head; a message has a role and a content.
        assert last["folded_attributes"] == 2 + 2 * len(history) + 1
        # Named, it is read as it was sent.
        name = "attribute.llm.input_messages.1.message.content"
        sent = workspace.spans("d" * 32, [last["span_id"]], fields=[name])["spans"][0]["fields"][name]
        assert sent == history[1]["content"]


def test_a_cohort_finds_what_sets_failures_apart(workspace: Workspace, demo: Store) -> None:
    worst = workspace.clusters(limit=1)["clusters"][0]
    detail = workspace.clusters(name=worst["cluster"])
    assert detail["runs"] == worst["runs"]
    assert set(detail["examples"]) <= {
        row.summary.trace_id for row in demo.traces.rows(Filter(cluster=(worst["cluster"],)), NOW_NS)
    }
    found = workspace.cohort({"rule": worst["rule"]})
    assert found["a"]["traces"] + found["b"]["traces"] == found["of"]
    rule = next(
        each for each in found["differences"] if each["field"] == "rule" and each["value"] == worst["rule"]
    )
    assert (rule["a_share"], rule["b_share"]) == (1.0, 0.0)
    assert {each["measure"] for each in found["measures"]} > {"Failed", "Runs"}
    with pytest.raises(UsageError):
        workspace.cohort({"tool": "nobody has it"})
    with pytest.raises(UsageError):
        workspace.cohort({})


def test_each_agent_is_seen_in_its_own_name(workspace: Workspace, seen: list[Seen]) -> None:
    trace_id = workspace.query(limit=1)["traces"][0]["trace_id"]
    seen.clear()
    workspace.for_agent("0.2").trace(trace_id)
    (only,) = seen
    assert (only.agent, only.how, only.trace_id) == ("0.2", "viewed", trace_id)
    assert only.spans
    with pytest.raises(HaloError):
        workspace.sql("SELECT * FROM secrets")
