"""What was done or asked twice: for nothing, with harm, or for a reason."""

from __future__ import annotations

import json

import pytest
from agent_run import Run


def told(*steps, answer="Done.") -> Run:
    run = Run()
    for name, arguments, result in steps:
        run.tool(name, arguments, result)
    return run.llm(answer)


@pytest.mark.parametrize(
    ("name", "arguments", "answers"),
    [
        ("charge_card", {"amount": 30}, ({"status": "ok", "charge": "c1"}, {"status": "ok", "charge": "c2"})),
        ("send_email", {"to": "a", "body": "hi"}, ("sent", "sent")),
        ("create_payment", {"amount": 30}, ({"id": "pay_1", "created": 1}, {"id": "pay_2", "created": 2})),
        ("book_flight", {"flight": "UA1"}, ("Booked. Confirmation ABC123", "Booked. Confirmation XYZ789")),
        ("refund_order", {"o": 1}, ({"ok": True}, {"ok": True})),
        ("http_request", {"method": "POST", "url": "/orders"}, ({"id": 1}, {"id": 2})),
    ],
    ids=str,
)  # fmt: skip
def test_doing_twice_what_acts_is_found_whatever_it_answers(name, arguments, answers):
    (found,) = told(*[(name, arguments, answer) for answer in answers]).findings("duplicate-call")
    assert (found.severity, found.subject, len(found.evidence)) == ("medium", name, 1)
    refused = told((name, arguments, "Error: busy"), (name, arguments, answers[1]))
    assert not refused.findings("duplicate-call")
    other = told((name, arguments, answers[0]), (name, {**arguments, "order": 8}, answers[1]))
    assert not other.findings("duplicate-call")


def beside(name: str, arguments: dict, *, inside: bool = False) -> Run:
    run = Run().llm(calls=[(name, arguments)] * 2)
    start = run.clock
    said = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": name}
    said |= {"gen_ai.tool.call.arguments": json.dumps(arguments), "gen_ai.tool.call.result": '{"ok": true}'}
    first = run.span(f"execute_tool {name}", said, start_ns=start)
    more = {"parent_span_id": first.span_id} if inside else {}
    run.span(f"execute_tool {name}", said, start_ns=start, **more)
    return run.llm("Paid.")


def test_doing_twice_side_by_side_counts_and_one_recorded_twice_does_not():
    assert [found.severity for found in beside("charge_card", {"amount": 30}).findings("duplicate-call")] == [
        "medium"
    ]
    assert not beside("charge_card", {"amount": 30}, inside=True).findings("duplicate-call")
    assert not beside("get_user", {"id": 7}).findings("duplicate-call")


PAY = ("charge_card", {"amount": 30}, {"ok": True})


def is_grave(run: Run) -> bool:
    return any(found.severity == "medium" for found in run.findings("duplicate-call"))


def test_what_was_asked_for_again_taken_back_or_one_request_is_not_done_twice():
    assert told(PAY, ("get_order", {"id": 7}, {"paid": True}), PAY).findings("duplicate-call")
    assert told(PAY, ("create_ticket", {"id": 7}, {"ticket": 1}), PAY).findings("duplicate-call")
    assert is_grave(told(PAY, PAY))
    assert not is_grave(told(PAY, ("cancel_charge", {"amount": 30}, {"ok": True}), PAY))
    spoken = Run().tool(*PAY).llm("Paid.").say("user", "Charge it once more, please.").tool(*PAY)
    assert not is_grave(spoken.llm("Paid."))

    def keyed(*keys: str) -> Run:
        return told(*[("charge_card", {"amount": 30, "idempotency_key": key}, {"ok": True}) for key in keys])

    assert is_grave(keyed("a", "b"))
    assert not is_grave(keyed("a", "a"))


@pytest.mark.parametrize(
    "name", ["order_status", "update_user", "add_to_cart", "transfer_to_billing", "post_search", "open_page"]
)
def test_what_does_no_harm_twice_is_not_grave(name):
    found = told(*[(name, {"id": 7}, {"id": number}) for number in range(2)]).findings("duplicate-call")
    assert not [each for each in found if each.severity == "medium"]


def test_answers_are_the_same_whenever_and_under_whatever_id_they_were_asked_for():
    def searched(name: str, *answers: object) -> list:
        return told(*[(name, {"q": "laptop"}, answer) for answer in answers]).findings("duplicate-call")

    answers = [{"took_ms": 100 + n, "request_id": f"r{n}", "results": ["a"]} for n in range(2)]
    assert [found.severity for found in searched("web_search", *answers)] == ["low"]
    assert searched("web_search", "a at 2026-11-20T10:00:00Z", "a at 2026-11-20T10:01:00Z")
    assert not searched("web_search", {"results": ["a"]}, {"results": ["b"]})
    assert not searched("web_search", "2026-11-20T10:00:00Z", "2026-11-20T10:01:00Z")
    assert not searched("get_current_time", "It is 2026-11-20T10:00", "It is 2026-11-20T10:01")
    assert not searched("get_job", {"progress": 10}, {"progress": 20})


def test_a_thought_that_is_answered_by_nothing_is_no_emptiness():
    thought = ("think", {"thought": "I should check the policy first."}, "")
    assert not told(thought).verdict().findings
    again = told(thought, thought, thought).verdict().findings
    assert [(found.rule, found.severity) for found in again] == [("duplicate-call", "low")]
    silent = [("mark_step", {"step": number}, "") for number in range(2)]
    assert not told(*silent).findings("empty-result")
    assert told(("find_step", {"step": 1}, ""), ("find_step", {"step": 2}, "")).findings("empty-result")
    assert told(silent[0], ("mark_step", {"step": 2}, "two"), silent[0]).findings("empty-result")


def test_a_verb_among_the_arguments_says_what_a_tool_does():
    pages = [("computer", {"action": "key", "text": "Page_Down"}, "ok")] * 3
    assert not told(*pages).verdict().findings
    edit = ("editor", {"command": "str_replace", "old": "a", "new": "b"}, "The file was edited")
    view = ("editor", {"command": "view"}, "b")
    assert not told(view, edit, view).findings("duplicate-call")
    assert told(view, view).findings("duplicate-call")
