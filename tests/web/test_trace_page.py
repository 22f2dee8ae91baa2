"""The page of one trace: what it says, that nothing is lost, and that nothing in a trace can harm it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator

import pytest

from halo_dash.model.span import Span

from .conftest import NOW_NS, Dashboard, put, run, serving
from .trace_spans import (
    ALL,
    BIG_BYTES,
    BROKEN,
    HOSTILE,
    LONG,
    LONG_SPANS,
    RUNNING,
    SCRIPT,
    TALK,
    failed_talk,
    hexid,
)

VIEWS = ("tree", "timeline", "thread", "raw")


@pytest.fixture(scope="module")
def traces(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A dashboard over every kind of difficult trace."""
    with serving(tmp_path_factory.mktemp("traces")) as start:
        dashboard = start()
        put(dashboard.db, *(make() for make in ALL), run(1), run(2, fails=True), run(3, recovers=True))
        yield dashboard


def words(page: str) -> str:
    """What a reader sees of a page, on one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def rows(page: str) -> list[str]:
    """Span ids of the rows of a page, in order."""
    return re.findall(r'data-span="([^"]+)"', page)


def pane(page: str) -> str:
    """The words of the detail pane."""
    return words(page.split('<section class="detail"')[1])


def test_a_status_alone_is_not_told_as_something_raised(serve: Callable[..., Dashboard]) -> None:
    dashboard = serve()
    failed = {"status_code": 2, "status_message": "no luck", "start_ns": NOW_NS - 9, "end_ns": NOW_NS}
    put(dashboard.db, (Span("f" * 32, "a" * 16, name="work", **failed),))  # type: ignore[arg-type]
    page = dashboard.ask(f"/traces/{'f' * 32}?span={'a' * 16}").text
    assert "WHY work failed : no luck" in words(page)
    assert "raised" not in words(page)
    assert re.search(r"<h3>(<svg.*?</svg>)?Failed</h3>", page)


def test_the_head_says_how_it_went_and_why(traces: Dashboard) -> None:
    page = words(traces.ask(f"/traces/{2:032x}").text)
    for said in ("failed", "How tall is the Eiffel Tower?", "52 tok", "100 ms", "3 spans", "staging"):
        assert said in page
    assert "WHY web_search raised TimeoutError : backend timed out after 10s" in page
    assert "escaped, and the run ended" in page
    recovered = words(traces.ask(f"/traces/{3:032x}").text)
    assert "error inside" in recovered
    assert "was handled in invoke_agent researcher, and the run went on" in recovered


def test_the_time_is_split_into_model_tools_and_other(traces: Dashboard) -> None:
    assert "10.0 s model 7.00 s, tools 2.00 s, other 1.00 s" in words(traces.ask(f"/traces/{TALK}").text)


def test_details_open_at_the_first_error_else_at_the_root(traces: Dashboard) -> None:
    failed = traces.ask(f"/traces/{2:032x}").text
    assert "execute_tool web_search" in pane(failed)
    assert "TimeoutError" in pane(failed)
    assert pane(traces.ask(f"/traces/{1:032x}").text).count("invoke_agent researcher")


def test_every_row_is_a_link_that_opens_its_span_without_javascript(traces: Dashboard) -> None:
    page = traces.ask(f"/traces/{1:032x}").text
    for span_id in rows(page):
        (address,) = re.findall(rf'href="(/traces/[^"]*span={span_id}[^"]*)"', page)[:1]
        opened = traces.ask(html.unescape(address)).text
        assert re.findall(r'id="span-(\w+)"[^>]*aria-selected="true"', opened) == [span_id]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("trace", [LONG, BROKEN, HOSTILE, RUNNING, TALK])
def test_every_view_of_every_trace_opens_and_stays_small(traces: Dashboard, trace: str, view: str) -> None:
    answer = traces.ask(f"/traces/{trace}?view={view}")
    assert answer.status == 200
    assert len(answer.body) < 1_500_000
    assert "<script>alert" not in answer.text
    assert "<b>key" not in answer.text
    assert "<h1>out" not in answer.text
    assert " style=" not in answer.text


def test_long_traces_come_in_windows_that_say_so(traces: Dashboard) -> None:
    first = traces.ask(f"/traces/{LONG}").text
    assert "500 of 1,201 rows" in words(first)
    seen: list[str] = []
    for at in (0, 500, 1000):
        page = traces.ask(f"/traces/{LONG}?row={at}").text
        seen += rows(page)
    assert seen == [hexid(number) for number in range(1, LONG_SPANS + 1)]
    assert "Show rows 501 to 1,000" in words(page)
    part = traces.ask(f"/traces/{LONG}?row=500", headers={"Halo-Fragment": "rows"}).text
    assert rows(part) == seen[500:1000]
    assert "<html" not in part


def test_a_span_far_down_is_opened_in_its_window(traces: Dashboard) -> None:
    page = traces.ask(f"/traces/{LONG}?span={hexid(1100)}").text
    assert hexid(1100) in rows(page)
    assert "step 1100" in pane(page)


@pytest.mark.parametrize("view", ["tree", "timeline", "thread"])
def test_a_link_to_a_span_that_is_not_here_says_so(traces: Dashboard, view: str) -> None:
    odd = "feed<b>"
    page = traces.ask(f"/traces/{TALK}?view={view}&span=feed%3Cb%3E").text
    assert f"Span {odd} is not in this trace" in words(page.split("<h1")[1])
    assert odd not in page


def test_what_cannot_be_trusted_is_marked(traces: Dashboard) -> None:
    page = words(traces.ask(f"/traces/{BROKEN}").text)
    for mark in ("negative time", "before parent", "no parent", "circular", "never ended", "no start time"):
        assert mark in page
    assert len(rows(traces.ask(f"/traces/{BROKEN}").text)) == 10


def test_a_running_trace_is_drawn_to_now_and_listens(traces: Dashboard) -> None:
    page = traces.ask(f"/traces/{RUNNING}").text
    assert "running" in words(page)
    assert "The root has not arrived" in words(page)
    assert f'ids="{RUNNING}"' in page
    part = traces.ask(f"/traces/{RUNNING}", headers={"Halo-Fragment": "trace"}).text
    assert rows(part) == [hexid(2), hexid(3)]


def test_a_big_value_shows_its_head_its_size_and_the_way_to_the_whole(traces: Dashboard) -> None:
    page = traces.ask(f"/traces/{HOSTILE}?span={hexid(2)}").text
    assert len(page) < 300_000
    assert "showing 32 KB of 5.0 MB all of it download" in words(page)
    (address,) = set(re.findall(r'href="([^"]*value\?at=%2Foutput)"', page))
    whole = traces.ask(html.unescape(address))
    assert len(whole.body) == BIG_BYTES
    assert whole.headers["content-type"].startswith("text/plain")
    assert whole.headers["x-content-type-options"] == "nosniff"
    saved = traces.ask(html.unescape(address) + "&download=1")
    assert re.fullmatch(r'attachment; filename="[A-Za-z0-9._-]+"', saved.headers["content-disposition"])


def test_the_pane_says_everything_of_a_span(traces: Dashboard) -> None:
    text = pane(traces.ask(f"/traces/{HOSTILE}?span={hexid(3)}").text)
    for said in (
        "BadRow", SCRIPT, "Traceback (most recent call last)", "Arguments", "q a", "none raised",
        "<b>key</b>", "<i>v</i>", "NaN", "Events 1", "exception", "Links 2",
        f"trace {LONG}", "Resource and scope", "2.1.0", "Raw JSON",
    ):  # fmt: skip
        assert said in text
    assert "[] empty" in pane(traces.ask(f"/traces/{HOSTILE}?span={hexid(4)}").text)


def test_the_thread_says_each_thing_once_and_has_an_end(traces: Dashboard) -> None:
    page = words(traces.ask(f"/traces/{TALK}?view=thread").text)
    conversation = page[page.index("user span") :]
    for said in ("Who won the cup?", 'web_search(query="cup winner")', "archive()", "I could not find out."):
        assert conversation.count(said) == 1
    assert "empty []" in conversation
    assert "✕ failed TimeoutError: too slow" in conversation
    assert conversation.rstrip().count("Answered, after an error on the way.") == 1
    assert "42 tok" in conversation


def test_a_run_that_failed_says_so_at_the_end_of_its_thread(dashboard: Dashboard) -> None:
    put(dashboard.db, failed_talk())
    page = words(dashboard.ask(f"/traces/{TALK}?view=thread").text)
    assert "Run failed here: no answer was given. TimeoutError: too slow to the error" in page
    assert "Answered" not in page


def test_a_trace_without_messages_says_there_is_no_conversation(traces: Dashboard) -> None:
    assert "No conversation in this trace" in words(traces.ask(f"/traces/{2:032x}?view=thread").text)


def test_arguments_a_tool_span_left_out_come_from_the_models_call(traces: Dashboard) -> None:
    text = pane(traces.ask(f"/traces/{TALK}?span={hexid(3)}").text)
    assert "as the model asked for them" in text
    assert "query cup winner" in text
    found = traces.ask(f"/traces/{TALK}/spans/{hexid(3)}.json").json
    assert found["input"] == {"query": "cup winner"}
    assert found["input_is_recovered"] is True


def test_neighbours_keep_the_filter_and_the_view(traces: Dashboard) -> None:
    page = traces.ask(f"/traces/{2:032x}?view=timeline&service=research&range=all").text
    before, after = re.findall(r'href="(/traces/[^"]*)" rel="(?:prev|next)"', page)
    assert html.unescape(before) == f"/traces/{3:032x}?view=timeline&service=research&range=all"
    assert html.unescape(after) == f"/traces/{1:032x}?view=timeline&service=research&range=all"
    assert 'href="/traces?service=research&amp;range=all"' in page


def test_a_stray_parameter_does_not_keep_anybody_from_a_trace(traces: Dashboard) -> None:
    assert traces.ask(f"/traces/{TALK}?utm=1&row=x&rows=-4&span=nope").status == 200


def test_raw_spans_are_paged_and_lead_to_their_json(traces: Dashboard) -> None:
    page = traces.ask(f"/traces/{LONG}?view=raw").text
    assert "50 of 1,201 spans" in words(page)
    (address,) = re.findall(r'href="([^"]*after=[^"]*)"', page)
    following = traces.ask(html.unescape(address)).text
    assert f'id="raw-{hexid(51)}"' in following
    assert f'id="raw-{hexid(50)}"' not in following


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/traces/nope", 404),
        (f"/traces/{TALK}/spans/nope", 404),
        (f"/traces/{TALK}/spans/{hexid(2)}/value?at=/nope", 404),
        (f"/traces/{TALK}/spans/{hexid(2)}/value?at=nope", 404),
        (f"/traces/{TALK}?view=pie", 422),
        (f"/traces/{TALK}.json?after=nope", 422),
        ("/traces/nope/export", 404),
    ],
)
def test_what_is_not_there_is_said_to_people_and_programs(traces: Dashboard, path: str, status: int) -> None:
    answer = traces.ask(path, headers={"Accept": "application/json"})
    assert answer.status == status
    assert answer.json["error"]["message"]
    if ".json" not in path:
        page = traces.ask(path)
        assert page.status == status
        assert 'href="/traces"' in page.text


def test_the_header_leads_to_the_traces_of_its_like(dashboard: Dashboard) -> None:
    put(dashboard.db, run(1))
    page = dashboard.ask(f"/traces/{1:032x}").text
    assert f'href="/sessions/s1?trace={1:032x}#t-{1:032x}"' in page
    for like in ("service=research", "environment=staging", "model=gpt-4o-mini"):
        assert re.search(rf'href="/traces\?{like}(&amp;[^"]*)?"', page), like
