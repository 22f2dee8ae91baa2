"""The demo's customer support: what people ask, and how it goes wrong."""

from __future__ import annotations

import random
from collections.abc import Callable

from halo_dash.transfer.demo.script import Ask, Handoff, Run, Say, Step, Trouble, Use
from halo_dash.transfer.demo.shop import BILLING, SUPPORT, Dossier

_TIMEOUT = Trouble(
    "OrderBackendTimeout",
    "orders-api did not answer within 10.0 s (GET /v3/orders/{order})",
    "Traceback (most recent call last):\n"
    '  File "/app/support/tools/orders.py", line 41, in lookup_order\n'
    '    response = client.get(f"/v3/orders/{order_id}", timeout=10.0)\n'
    '  File "/app/support/http.py", line 88, in get\n'
    "    raise OrderBackendTimeout(path, timeout)\n"
    "support.errors.OrderBackendTimeout: orders-api did not answer within 10.0 s",
)
Topic = Callable[[random.Random, Dossier], tuple[str, tuple[Step, ...]]]


def _where_is_it(rng: random.Random, of: Dossier) -> tuple[str, tuple[Step, ...]]:
    asked = rng.choice(
        (
            f"Hi, I'm still waiting for my {of.item}. Order {of.order}. Where is it?",
            f"Can you check where order {of.order} is? I leave for a hike on Saturday.",
            f"Tracking for {of.order} hasn't moved in three days, is it lost?",
        )
    )
    parcel = {"carrier": of.carrier, "state": "in transit", "last_scan": of.city, "eta_days": of.day}
    answer = (
        f"Your {of.item} is on its way with {of.carrier}: it was last scanned in {of.city} and should "
        f"reach you in "
        f"{of.day} days. I'll keep an eye on it, and if it isn't there by then we send a replacement."
    )
    track = Use("track_parcel", {"carrier": of.carrier, "order_id": of.order}, parcel, seconds=0.6)
    return asked, (Ask((of.record,)), Ask((track,)), Say(answer))


def _change_address(rng: random.Random, of: Dossier) -> tuple[str, tuple[Step, ...]]:
    street = (
        f"{rng.choice(('Mill Lane', 'Harbour Street', 'Linden Road', 'Station Road'))} {rng.randint(2, 90)}"
    )
    asked = f"I moved last week. Could you send {of.order} to {street}, {of.city} instead?"
    update = Use(
        "update_address",
        {"order_id": of.order, "street": street, "city": of.city},
        {"updated": True, "ship_to": f"{street}, {of.city}"},
        seconds=0.5,
    )
    answer = (
        f"Done: {of.order} now goes to {street}, {of.city}. You'll get a new confirmation by email in a "
        f"minute."
    )
    return asked, (Ask((of.record,)), Ask((update,)), Say(answer))


def _return_it(rng: random.Random, of: Dossier) -> tuple[str, tuple[Step, ...]]:
    asked = rng.choice(
        (
            f"I picked the wrong size: {of.item}, order {of.order}. How do I send it back?",
            f"I'd like to return the {of.item} from {of.order}, it's unused.",
        )
    )
    policy = Use("search_help_center", {"query": "return policy unused items"}, _RETURN_POLICY, seconds=0.7)
    label = Use(
        "create_return_label",
        {"order_id": of.order, "reason": "does not fit"},
        {"label_url": f"https://fernhill.example/labels/{of.order}.pdf", "valid_days": 30},
        seconds=0.8,
    )
    answer = (
        f"No problem. Unused items can come back within 60 days, and I've made a free {of.carrier} label "
        f"for {of.order}; "
        f"it's in your inbox and valid for 30 days. The {of.price:.2f} EUR are refunded once the parcel is "
        f"checked in."
    )
    return asked, (Ask((of.record, policy)), Ask((label,)), Say(answer))


def _refund(rng: random.Random, of: Dossier) -> tuple[str, tuple[Step, ...]]:
    asked = rng.choice(
        (
            f"My {of.item} arrived damaged. I want my money back please, order {of.order}.",
            f"Please refund {of.order}: the {of.item} came broken and I already sent photos.",
        )
    )
    answer = (
        f"I'm sorry about that. I've refunded {of.price:.2f} EUR for the {of.item}; it reaches your "
        f"account in three to "
        "five working days. No need to send it back."
    )
    return asked, (Ask((of.record,)), Ask((refund_of(of),)), Say(answer))


def _warranty(rng: random.Random, of: Dossier) -> tuple[str, tuple[Step, ...]]:
    asked = rng.choice(
        (
            f"How long is the warranty on the {of.item}?",
            f"Something broke on my {of.item} after a year. Is that still covered?",
        )
    )
    search = Use("search_help_center", {"query": f"warranty {of.item}"}, _WARRANTY, seconds=0.7)
    answer = (
        f"There's a five-year warranty on the {of.item}: it covers material and workmanship; wear from "
        f"normal use "
        f"isn't "
        "included. If you send us a photo of the damage we'll repair it or replace the part for free."
    )
    return asked, (Ask((search,)), Say(answer))


def _stock(_rng: random.Random, of: Dossier) -> tuple[str, tuple[Step, ...]]:
    asked = f"Will the {of.item} be back in stock soon? I'd buy a second one."
    stock = Use("check_stock", {"item": of.item}, {"in_stock": 0, "next_delivery_days": 9}, seconds=0.3)
    answer = (
        f"We're sold out of the {of.item} right now, but the next delivery is due in nine days. Shall I "
        f"send you "
        f"a note?"
    )
    return asked, (Ask((stock,)), Say(answer))


def _charged_twice(rng: random.Random, of: Dossier) -> tuple[str, tuple[Step, ...]]:
    asked = rng.choice(
        (
            f"My card was charged {of.price:.2f} EUR twice for {of.order}. What happened?",
            f"I see two payments for {of.order} on my statement, please sort this out.",
        )
    )
    listing = Use(
        "list_charges",
        {"order_id": of.order},
        [
            {"id": "ch_1", "amount_eur": of.price, "state": "captured"},
            {"id": "ch_2", "amount_eur": of.price, "state": "authorised"},
        ],
        seconds=0.5,
    )
    answer = (
        f"Only one of the two payments is real: {of.price:.2f} EUR were captured, the second is a "
        f"reservation your bank "
        "releases by itself within seven days. I've noted it on the order in case it doesn't."
    )
    return asked, (Handoff(BILLING, (Ask((listing,)), Say(answer))),)


def _invoice(_rng: random.Random, of: Dossier) -> tuple[str, tuple[Step, ...]]:
    asked = f"Could I get an invoice for {of.order} made out to my company?"
    send = Use(
        "send_invoice",
        {"order_id": of.order, "to": "company"},
        {"sent": True, "number": f"INV-{of.order[3:]}"},
        seconds=0.6,
    )
    answer = (
        f"Sure: invoice INV-{of.order[3:]} over {of.price:.2f} EUR with your company's details is on its "
        f"way by email."
    )
    return asked, (Handoff(BILLING, (Ask((send,)), Say(answer))),)


def refund_of(of: Dossier) -> Use:
    """The refund of the whole order."""
    return Use(
        "refund_order",
        {"order_id": of.order, "amount_eur": of.price},
        {"refunded": True, "amount_eur": of.price, "refund_id": f"rf_{of.order[3:]}"},
        seconds=0.9,
    )


_RETURN_POLICY = [
    {"title": "Returns", "text": "Unused items can be returned within 60 days. The label is free."}
]
_WARRANTY = [
    {"title": "Warranty", "text": "Five years on material and workmanship. Normal wear is excluded."}
]
TOPICS: tuple[Topic, ...] = (
    _where_is_it,
    _change_address,
    _return_it,
    _warranty,
    _charged_twice,
    _refund,
    _stock,
    _invoice,
)


def support_run(rng: random.Random, of: Dossier, turn: int, planted: str | None) -> Run:
    """One turn of a session about order `of`, with the failure `planted` in it."""
    make = _PLANTED.get(planted or "")
    if make is not None:
        return make(rng, of)
    asked, said = TOPICS[(turn + of.day) % len(TOPICS)](rng, of)
    return Run(SUPPORT, asked, said)


def _timeout(of: Dossier) -> Use:
    trouble = Trouble(_TIMEOUT.type, _TIMEOUT.message.format(order=of.order), _TIMEOUT.stack)
    return Use("lookup_order", {"order_id": of.order}, trouble=trouble, seconds=10.0)


def _timeout_escapes(rng: random.Random, of: Dossier) -> Run:
    asked = rng.choice((f"Any news about {of.order}?", f"Has {of.order} left your warehouse yet?"))
    failing = _timeout(of)
    return Run(SUPPORT, asked, (Ask((failing,)),), failed=failing.trouble)


def _timeout_recovers(rng: random.Random, of: Dossier) -> Run:
    asked = f"When will {of.order} be here? I'd like to plan my week."
    return Run(SUPPORT, asked, (Ask((_timeout(of),)), *_where_is_it(rng, of)[1]))


def _refunds_twice(rng: random.Random, of: Dossier) -> Run:
    said = _refund(rng, of)[1]
    asked = f"The {of.item} from {of.order} is not what the photos show. Please pay me back."
    return Run(SUPPORT, asked, (*said[:2], Ask((refund_of(of),)), *said[2:]))


def _error_under_ok(rng: random.Random, of: Dossier) -> Run:
    asked = rng.choice(
        (
            f"Is my {of.item} covered if the material gives in?",
            f"I lost the receipt of my {of.item}. Do I still have a warranty?",
        )
    )
    down = {"error": "help index unavailable", "status": 503}
    search = Use("search_help_center", {"query": f"warranty {of.item}"}, down, seconds=2.1)
    answer = f"Our standard two-year warranty covers the {of.item}, so you should be fine."
    return Run(SUPPORT, asked, (Ask((search,)), Say(answer)))


def _cut_off(rng: random.Random, of: Dossier) -> Run:
    asked = f"Can you explain step by step how to look after my {of.item}?"
    answer = (
        f"Happy to! Here is how to keep your {of.item} in good shape:\n\n1. Let it dry completely before "
        f"you store "
        f"it, in an airy "
        "place out of the sun.\n2. Brush off mud with a soft brush; never use a pressure washer.\n3. Wash "
        "by hand with "
        "lukewarm water and a mild soap, then rinse twice.\n4. Renew the water repellent"
    )
    search = Use(
        "search_help_center", {"query": "care instructions"}, _CARE[: rng.randint(1, 2)], seconds=0.7
    )
    return Run(SUPPORT, asked, (Ask((search,)), Say(answer, "length")))


_CARE = [
    {"title": "Care", "text": "Dry before storing. Brush, do not machine-wash. Mild soap only."},
    {"title": "Re-proofing", "text": "Renew the water repellent once a season."},
]
_PLANTED: dict[str, Callable[[random.Random, Dossier], Run]] = {
    "order_timeout_escaped": _timeout_escapes,
    "order_timeout_recovered": _timeout_recovers,
    "refund_sent_twice": _refunds_twice,
    "help_error_under_ok": _error_under_ok,
    "answer_cut_off": _cut_off,
}
