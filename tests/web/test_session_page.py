"""A session reads as one thread, each thing once and turn by turn; only what is shown is read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from halo_dash.model.span import Span
from halo_dash.store import Store
from halo_dash.web.sessions import reading
from halo_dash.web.sessions.reading import WINDOW, read_session, read_whole_thread, read_window
from halo_dash.web.sessions.turns import head

from .conftest import Dashboard, put, serving
from .session_spans import NOW_NS, S, exchange, turn

LONG = 60


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A session of four turns, one long one, and one that failed."""
    with serving(tmp_path_factory.mktemp("desk")) as start:
        dashboard = start()
        put(
            dashboard.db,
            *exchange("tea", 4, first=10),
            *exchange("long", LONG, first=100),
            turn(30, "coffee", "is it hot?", None, error="the pot is empty", user="user-2"),
            turn(31, "coffee", "is it hot?", "yes"),
        )
        yield dashboard


def spoken(dashboard: Dashboard, path: str) -> list[tuple[str, str]]:
    return [(item["role"], item["text"]) for item in dashboard.ask(f"{path}/thread.json").json["items"]]


def test_the_thread_says_each_thing_once_with_its_trace(desk: Dashboard) -> None:
    said = desk.ask("/sessions/tea/thread.json").json["items"]
    assert [(item["role"], item["text"]) for item in said] == [
        said
        for at in range(1, 5)
        for said in (("user", f"question {at}"), ("assistant", f"answer {at}"))
    ]  # fmt: skip
    assert [item["trace_id"] for item in said[::2]] == [f"{10 + at:032x}" for at in range(1, 5)]


def test_the_page_is_the_thread_turn_by_turn(desk: Dashboard) -> None:
    page = desk.ask("/sessions/tea").text
    for at in range(1, 5):
        assert page.count(f"question {at}") == 1
        assert page.count(f">answer {at}<") == 1
        assert f'id="t-{10 + at:032x}"' in page
        assert f'href="/traces/{10 + at:032x}?session=tea&amp;sort=start"' in page
        assert f'href="/traces/{10 + at:032x}?view=timeline&amp;session=tea&amp;sort=start"' in page
        assert f'href="/traces/{10 + at:032x}?view=thread&amp;session=tea&amp;sort=start"' in page
    assert f"/compare?a={11:032x}&amp;b={12:032x}" in page
    assert page.count("Answered.") == 4
    assert "<b>440</b> tok" in page
    assert 'aria-label="Turn 3, ok, 2.00 s"' in page


def test_the_head_counts_time_once_with_and_without_its_figures(tmp_path: Path) -> None:
    at = NOW_NS - 1_000 * S
    lengths = {1: (0, 5), 2: (0, 5), 3: (2, 3), 4: (7, 2)}
    with Store.open(tmp_path / "halo.db") as store:
        for number, (begin, length) in lengths.items():
            made = turn(number, "s", "q", "a", start_ns=at + begin * S, length_ns=length * S)
            with store.writing() as tx:
                tx.write(made, (), source="import", received_ns=NOW_NS)
        session = read_session(store, "s", NOW_NS)
        row = store.figures.group("session", "s", NOW_NS)
        assert head(session, row, NOW_NS).active_ns == head(session, None, NOW_NS).active_ns == 7 * S


@pytest.mark.parametrize(("source", "state"), [("live", "running"), ("import", "incomplete")])
def test_a_session_that_never_ended_does_not_look_finished(
    serve: Callable[..., Dashboard], source: str, state: str
) -> None:
    dashboard = serve()
    put(
        dashboard.db,
        turn(1, "open", "is it hot?", "it is"),
        turn(2, "open", "and now?", None, tool="look", is_open=True),
        source=source,
    )
    assert f'data-status="{state}"' in dashboard.ask("/sessions?range=all").text
    page = dashboard.ask("/sessions/open").text
    end = page.split('class="session-end"')[-1]
    assert f'data-ending="{state}"' in end
    assert ("Nothing has come since" in end) == (state == "incomplete")
    thread = dashboard.ask(f"/traces/{2:032x}?view=thread").text.split('class="thread-end"')[-1]
    assert f'data-ending="{state}"' in thread
    assert ("Nothing has come since" in thread) == (state == "incomplete")


def test_a_turn_that_failed_says_that_no_answer_was_given(desk: Dashboard) -> None:
    page = desk.ask("/sessions/coffee").text
    assert "Run failed here: no answer was given." in page
    assert "DeskError: the pot is empty" in page
    assert spoken(desk, "/sessions/coffee") == [
        ("user", "is it hot?"),
        ("user", "is it hot?"),
        ("assistant", "yes"),
    ]


def test_a_running_turn_says_so(dashboard: Dashboard) -> None:
    put(dashboard.db, turn(1, "now", "busy?", None, start_ns=NOW_NS - S, is_open=True))
    page = dashboard.ask("/sessions/now").text
    assert "Still running." in page
    assert 'data-status="running"' in page


def test_the_json_has_the_figures_and_the_traces_in_order(desk: Dashboard) -> None:
    found = desk.ask("/sessions/tea.json").json
    assert found["trace_count"] == 4
    assert [trace["turn"] for trace in found["traces"]] == [1, 2, 3, 4]
    assert [trace["trace_id"] for trace in found["traces"]] == [f"{10 + at:032x}" for at in range(1, 5)]


def test_what_is_not_there_is_said(desk: Dashboard) -> None:
    for path in ("/sessions/nobody", "/sessions/nobody/thread", "/sessions/nobody/value"):
        assert desk.ask(f"{path}.json" if path.endswith("thread") else path).status == 404, path
    assert desk.ask("/sessions/tea/value?trace=ff&at=/items/0").status == 404
    assert desk.ask(f"/sessions/tea/value?trace={11:032x}&at=/items/9").status == 404
    assert desk.ask("/sessions/tea?turn=first").status == 422


def test_a_whole_value_is_one_link_away(dashboard: Dashboard) -> None:
    long = "word " * 20_000
    put(dashboard.db, turn(1, "s", "short", "ok"), turn(2, "s", long, "ok"))
    page = dashboard.ask("/sessions/s").text
    (href,) = set(re.findall(r'href="(/sessions/s/value[^"]*)">all of it', page))
    answer = dashboard.ask(href.replace("&amp;", "&"))
    assert answer.status == 200
    assert answer.text == long
    thread = dashboard.ask(f"/traces/{2:032x}?view=thread").text
    (href,) = set(re.findall(r'href="([^"]*/thread/value[^"]*)">all of it', thread))
    assert dashboard.ask(href.replace("&amp;", "&")).text == long


def test_a_long_session_is_read_a_page_at_a_time(desk: Dashboard) -> None:
    first = desk.ask("/sessions/long").text
    assert first.count('<article class="session-turn"') == WINDOW
    assert ">1\N{EN DASH}25</a>" in first
    assert ">51\N{EN DASH}60</a>" in first
    later = desk.ask(f"/sessions/long?trace={100 + 40:032x}").text
    shown = [int(number) for number in re.findall(r">Turn (\d+)</a></h2>", later)]
    assert shown == list(range(26, 51))
    for at in shown:
        assert later.count(f">question {at}<") == 1
    assert ">question 25<" not in later
    assert f'id="t-{140:032x}" data-state="ok" data-selected' in later
    assert 'rel="prev"' in later
    assert 'rel="next"' in later
    assert f'id="t-{159:032x}"' in desk.ask("/sessions/long?turn=999").text


@pytest.mark.parametrize("with_history", [True, False])
def test_pages_say_what_the_whole_thread_says(dashboard: Dashboard, with_history: bool) -> None:
    put(dashboard.db, *exchange("s", LONG, with_history=with_history))
    with Store.open(dashboard.db, mode="ro") as store:
        session = read_session(store, "s", NOW_NS)
        whole = tuple(read_whole_thread(store, session, NOW_NS))
        pages = [
            item
            for start in session.windows
            for part in read_window(store, session, session.window(start), NOW_NS)
            for item in part.items
        ]
    assert tuple(pages) == whole
    assert len(whole) == 2 * LONG


def test_a_trace_that_goes_on_from_an_older_place_does_not_say_it_again(dashboard: Dashboard) -> None:
    said = [
        (role, f"{word} {at}")
        for at in (1, 2, 3)
        for role, word in (("user", "question"), ("assistant", "answer"))
    ]
    put(
        dashboard.db,
        *exchange("s", LONG, with_history=False),
        turn(LONG + 2, "s", "and otherwise?", "so", history=said),
    )
    page = dashboard.ask(f"/sessions/s?turn={LONG + 1}").text
    assert page.count(">and otherwise?<") == 1
    assert "question 2" not in page


def test_two_conversations_that_alternate_are_each_said_once(dashboard: Dashboard) -> None:
    a, b = exchange("s", 40, first=0), exchange("s", 40, first=1000)
    both = []
    for at, (left, right) in enumerate(zip(a, b, strict=True)):
        both += [moved(left, at * 20), moved(right, at * 20 + 10, mark=" (b)")]
    put(dashboard.db, *both)
    with Store.open(dashboard.db, mode="ro") as store:
        session = read_session(store, "s", NOW_NS)
        pages = [
            item
            for start in session.windows
            for part in read_window(store, session, session.window(start), NOW_NS)
            for item in part.items
        ]
    texts = [item.parts[0].text for item in pages]
    assert len(texts) == len(set(texts)) == 160


def moved(spans: tuple[Span, ...], seconds: int, mark: str = "") -> tuple[Span, ...]:
    """The trace at another time, and with other words."""
    start = NOW_NS - 90_000 * S + seconds * S
    by = start - spans[0].start_ns
    out = []
    for span in spans:
        attributes = {
            key: re.sub(r"(question|answer) (\d+)", rf"\1 \2{mark}", value)
            if isinstance(value, str)
            else value
            for key, value in span.attributes.items()
        }
        out.append(replace(span, start_ns=span.start_ns + by, end_ns=span.end_ns + by, attributes=attributes))
    return tuple(out)


def test_only_what_a_page_shows_is_read_whole(desk: Dashboard, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    contents = reading.contents

    def noted(store: Any, trace: Any) -> Any:
        read.append(trace.row.summary.trace_id)
        return contents(store, trace)

    monkeypatch.setattr(reading, "contents", noted)
    with Store.open(desk.db, mode="ro") as store:
        session = read_session(store, "long", NOW_NS)
        read_window(store, session, session.window(55), NOW_NS)
        assert len(read) <= 10 + 8
        read_window(store, session, session.window(56), NOW_NS)
        assert len(read) <= 10 + 8


def test_of_a_trace_of_two_sessions_only_its_own_part_is_said(dashboard: Dashboard) -> None:
    first, second = turn(1, "one", "a?", "a!"), turn(2, "two", "b?", "b!", error="lost")
    joined = tuple(replace(span, trace_id=first[0].trace_id) for span in second)
    put(dashboard.db, (*first, *joined))
    assert spoken(dashboard, "/sessions/one") == [("user", "a?"), ("assistant", "a!")]
    assert spoken(dashboard, "/sessions/two") == [("user", "b?"), ("assistant", "b!")]
    one, two = dashboard.ask("/sessions/one").text, dashboard.ask("/sessions/two").text
    assert ">shared<" in one
    assert "Answered." in one
    assert "lost" not in one
    assert "Answered, and failed all the same." in two


def test_calls_sent_as_traces_of_their_own_go_on_in_the_next_turn(dashboard: Dashboard) -> None:
    """A client without an outer span: every model call and every tool is a trace."""
    ask = [{"role": "user", "parts": [{"type": "text", "content": "how high?"}]}]
    called = [
        {
            "role": "assistant",
            "parts": [{"type": "tool_call", "id": "c1", "name": "measure", "arguments": {}}],
        }
    ]
    told = [{"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "330 m"}]}]
    answer = [{"role": "assistant", "parts": [{"type": "text", "content": "330 metres"}]}]
    put(
        dashboard.db,
        (one_span(1, "chat", inputs=ask, outputs=called),),
        (one_span(2, "execute_tool", tool=("measure", "c1", "330 m")),),
        (one_span(3, "chat", inputs=[*ask, *called, *told], outputs=answer),),
    )
    items = dashboard.ask("/sessions/s/thread.json").json["items"]
    assert [(item["role"], item["trace_id"][-1]) for item in items] == [
        ("user", "1"), ("assistant", "1"), ("tool", "2"), ("assistant", "3"),
    ]  # fmt: skip
    page = dashboard.ask("/sessions/s").text
    assert "Goes on in turn 2." in page
    assert page.count("how high?") >= 1
    assert page.count(">330 metres<") == 1


def one_span(
    number: int, operation: str, *, inputs: Any = None, outputs: Any = None, tool: Any = None
) -> Span:

    given: dict[str, Any] = {"gen_ai.operation.name": operation, "gen_ai.conversation.id": "s"}
    if inputs:
        given |= {"gen_ai.input.messages": json.dumps(inputs), "gen_ai.output.messages": json.dumps(outputs)}
    if tool:
        name, call_id, result = tool
        given |= {"gen_ai.tool.name": name, "gen_ai.tool.call.id": call_id, "gen_ai.tool.call.result": result}
    start = NOW_NS - 1000 * S + number * S
    return Span(
        f"{number:032x}",
        f"{number:016x}",
        name=operation,
        start_ns=start,
        end_ns=start + 1000,
        attributes=given,
    )
