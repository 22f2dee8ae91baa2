"""The demo's shop: its two support agents, what it sells, and an order."""

from __future__ import annotations

import random
from dataclasses import dataclass

from halo_dash.transfer.demo.script import Agent, Tool, Use

SUPPORT = Agent(
    id="support",
    name="Support",
    service="fernhill-support",
    dialect="gen_ai",
    provider="openai",
    model="gpt-4.1-mini",
    system=(
        "You are the support assistant of Fernhill Outdoor, a shop for tents, boots and packs. Look orders "
        "up "
        "before you promise anything. Refund once, and only after the customer agreed. Hand questions about "
        "charges and invoices to Billing. Answer in two or three friendly sentences."
    ),
    tools=(
        Tool("lookup_order", "Status, items and address of an order.", {"order_id": "string"}),
        Tool("track_parcel", "Where a parcel is.", {"carrier": "string", "order_id": "string"}),
        Tool(
            "update_address",
            "Change where an order goes, while it is not delivered.",
            {"order_id": "string", "street": "string", "city": "string"},
        ),
        Tool("search_help_center", "Search policies and care guides.", {"query": "string"}),
        Tool("create_return_label", "A free label.", {"order_id": "string", "reason": "string"}),
        Tool(
            "refund_order",
            "Pay money back. Cannot be undone.",
            {"order_id": "string", "amount_eur": "number"},
        ),
        Tool("check_stock", "Stock and next delivery of an item.", {"item": "string"}),
        Tool("transfer_to_billing", "Hand the customer over to the billing specialist.", {}),
    ),
)
BILLING = Agent(
    id="billing",
    name="Billing",
    service="fernhill-support",
    dialect="gen_ai",
    provider="anthropic",
    model="claude-sonnet-4-5",
    system=(
        "You are Fernhill Outdoor's billing specialist. You can read charges and invoices and open disputes. "
        "State amounts with their currency and say when money arrives."
    ),
    tools=(
        Tool("list_charges", "All charges of an order.", {"order_id": "string"}),
        Tool("send_invoice", "Send an invoice by email.", {"order_id": "string", "to": "string"}),
    ),
    tokens_per_s=70.0,
)
ITEMS = (
    ("Kestrel 2 tent", 289.00),
    ("Alder hiking boots", 164.50),
    ("Moraine 55 l backpack", 198.00),
    ("Thistle down sleeping bag", 246.90),
    ("Rook headlamp", 49.95),
    ("Heron rain jacket", 179.00),
    ("Brook water filter", 38.40),
    ("Larch trekking poles", 89.00),
)
CARRIERS = ("DPD", "UPS", "PostNord", "Royal Mail")
CITIES = ("Leeds", "Utrecht", "Aarhus", "Porto", "Graz", "Cork")


@dataclass(frozen=True, slots=True)
class Dossier:
    """The order that one session is about."""

    order: str
    item: str
    price: float
    carrier: str
    city: str
    day: int

    @classmethod
    def drawn(cls, rng: random.Random) -> Dossier:
        """An order of the shop."""
        item, price = rng.choice(ITEMS)
        return cls(
            f"FH-{rng.randint(20_000, 99_999)}",
            item,
            price,
            rng.choice(CARRIERS),
            rng.choice(CITIES),
            rng.randint(2, 6),
        )

    @property
    def record(self) -> Use:
        """The look-up that nearly every run begins with."""
        result = {
            "order_id": self.order,
            "status": "shipped",
            "items": [{"name": self.item, "quantity": 1, "price_eur": self.price}],
            "carrier": self.carrier,
            "ship_to": self.city,
        }
        return Use("lookup_order", {"order_id": self.order}, result, seconds=0.35)
