"""The thread as a page shows it: results in their calls, agents announced, media never fetched."""

from __future__ import annotations

from halo_dash.model.message import Media, Part, Role, Text, ThreadItem, ToolCall, ToolResult
from halo_dash.model.observation import Failure, Kind, Observation, Usage
from halo_dash.model.trace import Resolved, SpanReading, TraceSummary
from halo_dash.model.tree import Tree, build_tree
from halo_dash.web.trace.conversation import WINDOW, Conversation, conversation
from halo_dash.web.trace.message import part
from halo_dash.web.trace.value import Budget


def item(role: Role, *parts: Part, span_id: str | None = None, agent: str | None = None) -> ThreadItem:
    return ThreadItem(role, parts, span_id=span_id, agent_name=agent)


def summary(*, output: str | None = None, is_open: bool = False) -> TraceSummary:
    return TraceSummary(
        trace_id="t", name="run", kind=Kind.AGENT, root_span_id="r", start_ns=1, end_ns=2, is_error=False,
        is_open=is_open, span_count=1, error_count=0, llm_calls=0, tool_calls=0, orphan_count=0,
        output_preview=output, failure=Failure("TimeoutError", "TimeoutError: too slow"), failed_span_id="x",
    )  # fmt: skip


def shown(
    *items: ThreadItem,
    tree: Tree | None = None,
    status: str = "ok",
    output: str | None = None,
    is_open: bool = False,
    first: int = 0,
) -> Conversation:
    return conversation(
        items,
        tree or build_tree([], {}),
        summary(output=output, is_open=is_open),
        status,
        first=first,  # type: ignore[arg-type]
    )


def folded(talk: Conversation) -> list[list[tuple[str, list[str]]]]:
    """Per turn its calls with the texts of their results."""
    return [
        [(call.name, [result.value.text for result in call.results]) for call in turn.calls]
        for turn in talk.turns
    ]


def test_results_stand_in_their_calls_by_id() -> None:
    talk = shown(
        item("assistant", ToolCall("a", "1"), ToolCall("b", "2")),
        item("tool", ToolResult("for b", "2")),
        item("tool", ToolResult("for a", "1")),
    )
    assert folded(talk) == [[("a", ["for a"]), ("b", ["for b"])]]


def test_without_ids_results_go_to_the_next_call_of_that_tool_and_then_to_the_next_at_all() -> None:
    talk = shown(
        item("assistant", ToolCall("a"), ToolCall("b"), ToolCall("a")),
        item("tool", ToolResult("b said", name="b")),
        item("tool", ToolResult("first a", name="a")),
        item("tool", ToolResult("second a")),
    )
    assert folded(talk) == [[("a", ["first a"]), ("b", ["b said"]), ("a", ["second a"])]]


def test_a_result_nobody_asked_for_is_a_turn_of_its_own() -> None:
    talk = shown(item("user", Text("hi")), item("tool", ToolResult("stray", "9")))
    assert [turn.role for turn in talk.turns] == ["user", "tool"]
    assert talk.turns[1].results[0].value.text == "stray"


def test_a_call_reads_as_a_call() -> None:
    talk = shown(item("assistant", ToolCall("get_weather", "1", {"city": "Reykjavík", "days": 3})))
    assert talk.turns[0].calls[0].line == 'get_weather(city="Reykjavík", days=3)'


def test_the_end_is_named() -> None:
    question, answer = item("user", Text("q")), item("assistant", Text("a"))
    call = item("assistant", ToolCall("t", "1"))
    assert shown(question, answer).ending == "answered"
    assert shown(question, call).ending == "unanswered"
    assert shown(question, call, output="done").returned == "done"
    assert shown(question, status="running").ending == "running"
    assert shown(question, answer, status="running", is_open=True).ending == "running"
    left = shown(question, call, output="→ t()", is_open=True)
    assert (left.ending, left.returned) == ("incomplete", "→ t()")
    answered = shown(question, answer, output="a", is_open=True)
    assert (answered.ending, answered.returned) == ("incomplete", None)
    failed = shown(question, status="error")
    assert (failed.ending, failed.failure) == ("failed", "TimeoutError: too slow")
    assert shown(question, answer, status="error").ending == "failed after its answer"


def test_another_agent_is_announced_and_a_subagent_stands_deeper() -> None:
    def reading(span_id: str, parent: str, kind: Kind) -> SpanReading:
        return SpanReading(span_id, parent, span_id, 1, 9, "t", Observation(kind=kind, usage=Usage(total=7)))

    spans = [
        reading("wrapper", "", Kind.AGENT),
        reading("lead", "wrapper", Kind.AGENT),
        reading("say", "lead", Kind.LLM),
        reading("helper", "lead", Kind.AGENT),
        reading("help", "helper", Kind.LLM),
    ]
    names = {"lead": "Lead", "say": "Lead", "helper": "Helper", "help": "Helper"}
    tree = build_tree(spans, {span_id: Resolved(agent_name=name) for span_id, name in names.items()})
    talk = shown(
        item("assistant", Text("history"), span_id="say"),
        item("assistant", Text("go"), span_id="say", agent="Lead"),
        item("assistant", Text("found"), span_id="help", agent="Helper"),
        tree=tree,
    )
    assert [turn.agents for turn in talk.turns] == [("Lead",), ("Lead",), ("Lead", "Helper")]
    assert [turn.is_handover for turn in talk.turns] == [False, False, True]
    assert [turn.tokens for turn in talk.turns] == [None, 7, 7]


def test_long_threads_come_in_windows_that_say_so() -> None:
    items = [item("user", Text(str(number))) for number in range(WINDOW + 30)]
    first = shown(*items)
    assert (len(first.turns), first.total, first.previous, first.next) == (WINDOW, WINDOW + 30, None, WINDOW)
    last = shown(*items, first=WINDOW)
    assert [turn.number for turn in last.turns] == list(range(WINDOW, WINDOW + 30))
    assert (last.previous, last.next) == (0, None)


def test_images_are_drawn_only_from_inside_the_trace_and_never_as_documents() -> None:
    def image(media: Media) -> str | None:
        return part(media, "/x", Budget()).image

    assert image(Media("image/png", data="AAAA")) == "data:image/png;base64,AAAA"
    assert image(Media(uri="data:image/gif;base64,AAAA")) == "data:image/gif;base64,AAAA"
    assert image(Media("image/png", uri="https://example.org/x.png")) is None
    assert image(Media("image/svg+xml", data="AAAA")) is None
    assert image(Media("text/html", uri="data:text/html;base64,AAAA")) is None
