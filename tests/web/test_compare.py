"""Comparing two traces: its addresses, what the page says, and its JSON."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest

from halo_dash.model import alignment
from halo_dash.model.span import Event, Span

from .conftest import NOW_NS, Dashboard, put, run


def spans(number: int, *steps: dict[str, Any], question: str = "Weather in Oslo?") -> tuple[Span, ...]:
    """A run of an agent with steps below it: `name`, `attributes`, `error`."""
    start = NOW_NS - (900 - number) * 1_000_000_000
    trace_id = f"{number:032x}"
    root = Span(
        trace_id=trace_id,
        span_id=f"{number:08x}{0:08x}",
        name="invoke_agent guide",
        start_ns=start,
        end_ns=start + 9_000_000_000,
        attributes={
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.agent.name": "guide",
            "input.value": question,
        },
    )
    below = [
        Span(
            trace_id=trace_id,
            span_id=f"{number:08x}{at:08x}",
            parent_span_id=root.span_id,
            name=str(step["name"]),
            start_ns=start + at * 100_000_000,
            end_ns=start + at * 100_000_000 + 50_000_000,
            attributes=dict(step.get("attributes", {})),
            status_code=2 if "error" in step else 0,
            events=(
                Event(start, "exception", {"exception.type": "Oops", "exception.message": step["error"]}),
            )
            if "error" in step
            else (),
        )
        for at, step in enumerate(steps, 1)
    ]
    return (root, *below)


def tool(name: str, arguments: str, result: str = "fine", **more: Any) -> dict[str, Any]:
    attributes = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": name,
        "gen_ai.tool.call.arguments": arguments,
        "gen_ai.tool.call.result": result,
    }
    return {"name": f"execute_tool {name}", "attributes": attributes, **more}


def chat(
    answer: str, *, model: str = "gpt-4o-mini", system: str = "Be brief.", temperature: float = 0
) -> dict[str, Any]:
    def message(role: str, text: str) -> str:
        return f'[{{"role": "{role}", "parts": [{{"type": "text", "content": "{text}"}}]}}]'

    attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": model,
        "gen_ai.request.temperature": temperature,
        "gen_ai.system_instructions": f'[{{"type": "text", "content": "{system}"}}]',
        "gen_ai.input.messages": message("user", "Weather in Oslo?"),
        "gen_ai.output.messages": message("assistant", answer),
        "gen_ai.usage.input_tokens": 10,
        "gen_ai.usage.output_tokens": len(answer),
    }
    return {"name": f"chat {model}", "attributes": attributes}


A = spans(1, chat("Asking."), tool("weather", '{"city": "Oslo", "days": 3}'), chat("Rain in Oslo today."))
B = spans(
    2,
    chat("Asking."),
    tool("weather", '{"city": "Rome", "days": 3}', error="no such city"),
    tool("news", '{"topic": "rain"}'),
    chat("Sun in Oslo today.", model="gpt-4o", system="Be long.", temperature=0.7),
)


@pytest.fixture
def pair(dashboard: Dashboard) -> Dashboard:
    """A dashboard over two runs that part at the tool's arguments."""
    put(dashboard.db, A, B)
    return dashboard


def address(a: tuple[Span, ...] = A, b: tuple[Span, ...] = B, **more: str) -> str:
    extra = "".join(f"&{name}={text}" for name, text in more.items())
    return f"/compare?a={a[0].trace_id}&b={b[0].trace_id}{extra}"


def shown(text: str) -> str:
    """What a page says, tags and repeated blanks taken out."""
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_the_page_opens_where_they_part(pair: Dashboard) -> None:
    page = pair.ask(address())
    assert page.status == 200
    text = shown(page.text)
    assert "3 differences in 5 steps" in text
    assert re.search(
        r'data-state="changed"[^>]*>\s*<a data-step href="[^"]*step=3" aria-current="true"', page.text
    )
    assert "they part here" in text
    assert re.search(r"city</th><td><del>Oslo</del></td><td><ins>Rome</ins>", page.text)
    assert "1 other value the same." in text
    assert "Oops: no such city" in text


def test_what_was_set_up_differently_is_called_out(pair: Dashboard) -> None:
    text = shown(pair.ask(address()).text)
    assert "Model gpt-4o-mini → gpt-4o in 1 call" in text
    assert "System prompt differs in 1 call" in text
    assert re.search(r"Parameters temperature 0(\.0)? → 0\.7", text)


def test_a_step_shows_the_words_that_changed(pair: Dashboard) -> None:
    page = pair.ask(address(step="5"))
    assert re.search(r"<del><em>Rain</em> in Oslo today\.</del>", page.text)
    assert re.search(r"<ins><em>Sun</em> in Oslo today\.</ins>", page.text)
    assert re.search(r"<del>Be <em>brief</em>\.</del>", page.text)


def test_a_step_of_one_side_alone_is_shown_whole(pair: Dashboard) -> None:
    page = pair.ask(address(step="4"))
    text = shown(page.text)
    assert "news only in B" in text
    assert "A not there" in text
    assert "topic" in text


def test_messages_are_compared_with_a_plain_value_of_the_other_side(dashboard: Dashboard) -> None:
    plain = {**chat("")["attributes"], "input.value": "Weather in Rome?", "output.value": "Sun."}
    for name in ("gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions"):
        del plain[name]
    left, right = spans(1, {"name": "chat", "attributes": plain}), spans(2, chat("Rain."))
    put(dashboard.db, left, right)
    for a, b, of_plain, of_messages in ((left, right, "A", "B"), (right, left, "B", "A")):
        page = dashboard.ask(address(a, b, step="2")).text
        assert "Weather in Rome?" in shown(page)
        for title, ending in (("Messages", "input"), ("Output", "output")):
            section = re.search(rf"<h3>{title}.*?</section>", page, re.DOTALL)
            assert section
            assert "only in" not in shown(section[0])
            for side, pointer in ((of_plain, f"/{ending}"), (of_messages, f"/{ending}_messages")):
                whole = re.search(rf'href="([^"]+)" aria-label="{title} of {side}, whole"', section[0])
                assert whole
                assert whole[1].endswith(f"?at={quote(pointer, safe='')}")
                assert dashboard.ask(whole[1].replace("&amp;", "&")).status == 200


def test_json_says_the_same(pair: Dashboard) -> None:
    found = pair.ask(address().replace("/compare?", "/compare.json?")).json
    assert found["a"]["trace_id"] == A[0].trace_id
    assert found["b"]["trace_id"] == B[0].trace_id
    assert (found["aligned_by"], found["contents_compared"]) == ("structure", True)
    assert [row["state"] for row in found["rows"]][1:] == ["same", "changed", "only_b", "changed"]
    assert found["first_difference"] == 3
    row = found["rows"][2]
    assert row["differs_in"] == ["status", "input"]
    assert row["a"]["span_id"] == A[2].span_id
    assert row["b"]["failure"]["type"] == "Oops"
    assert found["rows"][3]["a"] is None


def test_swapped_they_say_the_opposite(pair: Dashboard) -> None:
    found = pair.ask(address(B, A).replace("/compare?", "/compare.json?")).json
    assert [row["state"] for row in found["rows"]][1:] == ["same", "changed", "only_a", "changed"]


def test_a_trace_against_itself_is_the_same_throughout(pair: Dashboard) -> None:
    text = shown(pair.ask(address(A, A)).text)
    assert "The same throughout" in text
    assert "No differences" in text
    assert "No step differs." in shown(pair.ask(address(A, A, show="differences")).text)


def test_nothing_in_common_is_said_plainly(dashboard: Dashboard) -> None:
    other = (replace(run(7)[0], attributes={}, name="cron job"),)
    put(dashboard.db, A, other)
    text = shown(dashboard.ask(address(A, other)).text)
    assert "These two have nothing in common" in text
    assert "only in A" in text


def test_a_loop_is_folded_with_its_counterpart(dashboard: Dashboard) -> None:
    rounds = [chat("Again."), tool("search", '{"q": "x"}')]
    looping, short = spans(1, *rounds * 5), spans(2, *rounds * 2)
    put(dashboard.db, looping, short)
    page = dashboard.ask(address(looping, short, step="1"))
    times = "\N{MULTIPLICATION SIGN}"
    assert f"gpt-4o-mini → search A 5{times}, B 2{times} 6 differences" in shown(page.text)
    assert '<details id="loop-2"><summary>' in page.text
    assert '<details id="loop-2" open>' in dashboard.ask(address(looping, short, step="7")).text


def test_only_the_differences_can_be_shown(pair: Dashboard) -> None:
    numbers = re.findall(r'<li class="step" id="step-(\d+)"', pair.ask(address(show="differences")).text)
    assert "2" not in numbers
    assert {"3", "4", "5"} <= set(numbers)


def test_long_values_are_cut_where_they_begin_to_differ_and_it_is_said(dashboard: Dashboard) -> None:
    same = "word " * 20_000
    left = spans(1, tool("read", '{"path": "x"}', same + "left end" + same))
    right = spans(2, tool("read", '{"path": "x"}', same + "right end" + same))
    put(dashboard.db, left, right)
    page = dashboard.ask(address(left, right, step="2"))
    text = shown(page.text)
    assert re.search(r"The first 99,[0-9]{3} characters are the same and not shown\.", text)
    assert "Only a part is compared here; A has 200,008 characters, B has 200,009." in text
    assert "<em>left</em>" in page.text
    whole = re.search(r'href="([^"]+)" aria-label="Result of A, whole"', page.text)
    assert whole
    assert dashboard.ask(whole[1].replace("&amp;", "&")).text == same + "left end" + same
    assert len(page.body) < 200_000


def test_of_large_traces_the_page_says_what_it_compared(dashboard: Dashboard) -> None:
    steps = [tool(f"t{at % 2}", f'{{"n": {at}}}') for at in range(1_100)]
    left, right = spans(1, *steps), spans(2, tool("first", "{}"), *steps[:5], *steps[6:])
    put(dashboard.db, left, right)
    page = dashboard.ask(address(left, right))
    text = shown(page.text)
    assert "2 differences in 1,102 steps" in text
    assert "more than 1,000 spans" in text
    assert "they part here" in text
    assert re.search("t0 → t1 A 550., B 550. 1 difference [0-9]+ steps of it on other pages", text)
    assert "Show steps from 301 of 1,102" in text
    assert page.text.count('<li class="step"') == 300
    later = dashboard.ask(address(left, right, row="300"))
    assert "Show steps 1 to 300" in shown(later.text)
    # What was said is compared in the step that is open.
    opened = shown(dashboard.ask(address(left, right, step="3")).text)
    assert "Arguments the same" in opened


def test_steps_too_many_to_weigh_are_paired_by_occurrence(
    dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alignment, "MOST_CELLS", 3)
    put(dashboard.db, A, B)
    page = dashboard.ask(address())
    assert "Paired by occurrence" in shown(page.text)
    assert dashboard.ask(address().replace("/compare?", "/compare.json?")).json["aligned_by"] == "occurrence"


def test_what_traces_say_is_text(dashboard: Dashboard) -> None:
    evil = "<script>alert(1)</script>"
    put(
        dashboard.db,
        spans(1, tool(evil, evil), question=evil),
        spans(2, tool(evil, evil + "2"), question=evil),
    )
    for step in ("0", "1", "2"):
        assert "<script>alert" not in dashboard.ask(address(step=step)).text
    assert "<script>alert" not in dashboard.ask(f"/compare?a={A[0].trace_id}").text


def test_one_trace_offers_the_runs_around_it(dashboard: Dashboard) -> None:
    runs = [spans(number, question="Why?" if number == 4 else "Weather in Oslo?") for number in range(1, 6)]
    put(dashboard.db, *runs, run(9))
    page = dashboard.ask(f"/compare?a={runs[2][0].trace_id}")
    text = shown(page.text)
    assert "Runs of agent guide" in text
    links = re.findall(r'href="/compare\?a=(\w+)&amp;b=(\w+)"', page.text)
    third = f"{3:032x}"
    assert links == [(third, f"{5:032x}"), (third, f"{4:032x}"), (f"{2:032x}", third), (f"{1:032x}", third)]
    assert "next run" in text
    assert "previous run" in text
    assert text.count("same question") == 3


def test_addresses_that_were_pasted_or_chosen_lead_to_the_one(pair: Dashboard) -> None:
    a, b = A[0].trace_id, B[0].trace_id
    for given in (
        f"/compare?a={quote(f'http://127.0.0.1:4280/traces/{a}?span=1', safe='')}&b={b}",
        f"/compare?trace={b}&trace={a}",
        f"/compare?a={a}&trace={b}",
    ):
        answer = pair.ask(given)
        assert (answer.status, answer.headers["location"]) == (303, f"/compare?a={a}&b={b}"), given
    assert pair.ask(f"/compare?trace={a}").headers["location"] == f"/compare?a={a}"
    assert pair.ask("/compare").status == 200


def test_what_cannot_be_compared_is_refused_with_a_way_on(pair: Dashboard) -> None:
    a, b = A[0].trace_id, B[0].trace_id
    assert pair.ask(f"/compare?a={a}&b=none").status == 404
    answer = pair.ask(f"/compare?trace={a}&trace={b}&trace=x")
    assert answer.status == 422
    assert "two can be compared" in answer.text
    assert pair.ask(f"/compare?a={a}&b={b}&colour=red").status == 422
    assert pair.ask(address(step="999999999999")).status == 200
    assert pair.ask(address(step="-1", row="x")).status == 200
